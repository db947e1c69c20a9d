/** A running instance of a service. */
export interface KnownInstance {
  /** Its name, such as `user_service_1`. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

/** The instances that service discovery knows, as of now. */
export interface Discovery {
  userServices(): readonly KnownInstance[];
  bookingServices(): readonly KnownInstance[];
}
