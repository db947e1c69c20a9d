// The container's health check: exit code 0 when the service says that it is ready, else 1 and what it says.
import { findAddress } from './own-place.mjs';

const { HOST, HTTP_PORT, ADMIN_PORT } = process.env;
try {
  const answer = await fetch(`http://${HOST || findAddress()}:${HTTP_PORT || ADMIN_PORT}/readyz`, {
    signal: AbortSignal.timeout(4_000),
  });
  console.log(await answer.text());
  process.exit(answer.ok ? 0 : 1);
} catch (error) {
  console.log(error.cause?.message ?? error.message);
  process.exit(1);
}
