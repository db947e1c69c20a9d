import { UserServiceDefinition } from '@flight/proto/user';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { announce } from './announce.js';

// grpc-js with an async handler that rejects, as its documentation does not warn of: nobody listens to the promise.
const { requestType } = UserServiceDefinition.methods.getUser;
const server = new Server();
server.addService(
  {
    getUser: {
      path: '/flight.user.v1.UserService/GetUser',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => requestType.decode(bytes),
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  },
  {
    getUser: async () => {
      throw new TypeError('nobody thought of this');
    },
  },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  announce(`127.0.0.1:${port}`);
});
