import type { FlightStatus, NewFlight } from './flight.js';

const SEATS = 180;

/** The flights of an empty system, as its users know them from the documentation. */
export const DEFAULT_FLIGHTS: readonly NewFlight[] = [
  flight('FL001', 'WizzAir', 'London', '2024-10-01 10:00', '2024-10-01 12:00', 200),
  flight('FL002', 'FlyOne', 'London', '2024-10-02 15:00', '2024-10-02 17:00', 180),
  flight('FL003', 'WizzAir', 'Berlin', '2024-10-03 09:00', '2024-10-03 11:00', 220),
  flight('FL004', 'Air Moldova', 'Paris', '2024-10-05 12:30', '2024-10-05 14:30', 250, 'Delayed'),
  flight('FL005', 'Japan Airlines', 'Japan', '2024-10-06 07:45', '2024-10-06 17:55', 600),
  flight('FL006', 'Ryanair', 'London', '2024-10-07 17:00', '2024-10-07 19:00', 150, 'Cancelled'),
  flight('FL007', 'FlyOne', 'Rome', '2024-10-08 22:00', '2024-10-09 00:30', 230),
  flight('FL008', 'WizzAir', 'Berlin', '2024-10-09 16:15', '2024-10-09 18:00', 210),
  flight('FL009', 'EasyJet', 'Paris', '2024-10-10 10:00', '2024-10-10 12:30', 190),
  flight('FL010', 'Air Moldova', 'Berlin', '2024-10-11 05:30', '2024-10-11 07:30', 270),
  flight('FL012', 'Turkish Airlines', 'Istanbul', '2024-10-13 18:45', '2024-10-13 21:00', 250),
];

function flight(
  flightCode: string,
  airline: string,
  toCity: string,
  departure: string,
  arrival: string,
  price: number,
  status: FlightStatus = 'On Time',
): NewFlight {
  return {
    flightCode,
    airline,
    fromCity: 'Chisinau',
    toCity,
    departure,
    arrival,
    price,
    status,
    seatsTotal: SEATS,
  };
}
