// Starts the service of this image under a name and at an address that no other replica has: both are the container's own.
import { findAddress, findInstance } from './own-place.mjs';

const { env } = process;
env.HOST ||= findAddress();
env.INSTANCE_ID ||= await findInstance(env.HOST, env.SERVICE);
await import(`../../dist/${env.SERVICE}.js`);
