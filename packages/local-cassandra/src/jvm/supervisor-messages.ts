/** What the supervisor is told. */
export type SupervisorOrder =
  | {
      readonly kind: "start";
      readonly node: number;
      readonly command: string;
      readonly args: readonly string[];
      readonly log: string;
      readonly folder: string;
    }
  | { readonly kind: "kill"; readonly node: number }
  | { readonly kind: "keep" }
  | { readonly kind: "stop" };

/** What the supervisor tells. */
export type SupervisorNotice =
  | { readonly kind: "started"; readonly node: number; readonly pid: number }
  | { readonly kind: "exited"; readonly node: number; readonly how: string }
  | { readonly kind: "keeping" };
