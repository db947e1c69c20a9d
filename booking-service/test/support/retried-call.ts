import { BookFlightRequest, BookFlightResponse } from '@flight/proto/booking';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { Service } from '../../src/service.js';
import type { Buyer } from './buyers.js';

/** Books as the mesh does when it tries a call again: with the number of earlier attempts in the metadata (gRFC A6). */
export async function bookAgain(
  { address }: Service,
  { token }: Buyer,
  order: BookFlightRequest,
): Promise<BookFlightResponse> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  metadata.set('grpc-previous-rpc-attempts', '1');
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/flight.booking.v1.BookingService/BookFlight',
        (request: BookFlightRequest) => Buffer.from(BookFlightRequest.encode(request).finish()),
        (bytes) => BookFlightResponse.decode(bytes),
        order,
        metadata,
        { deadline: Date.now() + 10_000 },
        (error, response) => (response === undefined ? reject(error) : resolve(response)),
      );
    });
  } finally {
    client.close();
  }
}
