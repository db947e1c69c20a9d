import {
  FlightServiceDefinition,
  type GetFlightRequest,
  type GetFlightResponse,
} from '@flight/proto/booking';
import type { Client } from '@grpc/grpc-js';

/** One unary call as grpc-js' documentation shows it. */
export function bareCall(client: Client, request: GetFlightRequest): Promise<GetFlightResponse> {
  const { requestType, responseType } = FlightServiceDefinition.methods.getFlight;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      '/flight.booking.v1.FlightService/GetFlight',
      (message: GetFlightRequest) => Buffer.from(requestType.encode(message).finish()),
      (bytes: Buffer) => responseType.decode(bytes),
      request,
      (error, response) => {
        if (error || response === undefined) reject(error ?? new Error('no answer'));
        else resolve(response);
      },
    );
  });
}
