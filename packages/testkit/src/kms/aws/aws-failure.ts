/** An error as AWS KMS answers it: its name, with the message that the real service gives where it gives one. */
export class AwsFailure extends Error {
  override readonly name: string;
  readonly status: number;

  constructor(name: string, message?: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export function notFound(what: string): AwsFailure {
  return new AwsFailure("NotFoundException", `${what} is not found.`);
}

export function invalid(what: string): AwsFailure {
  return new AwsFailure("ValidationException", `1 validation error detected: ${what}`);
}
