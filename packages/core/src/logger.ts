/** Structured logging: fields first, then the message. Never pass keys, plaintexts, ciphertexts or primary keys. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
