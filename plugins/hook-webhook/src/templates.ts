import type { Message } from "./message.ts";

/** What a body is made from besides the message. */
export interface Envelope {
  /** The same on each attempt, so that a receiver can tell a repetition. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** `host:pid`. */
  readonly process: string;
}

/** How bodies look. */
export const TEMPLATES = {
  json: ({ news, jobId, text, details }: Message, envelope: Envelope): object => ({
    version: 1,
    ...envelope,
    event: news,
    jobId,
    text,
    details,
  }),
  slack: ({ news, text }: Message, { process }: Envelope): object => ({
    text: `${EMOJI[news]} ${escaped(text)} (${escaped(process)})`,
    // No previews, and nothing in a reason may become a mention or a link.
    unfurl_links: false,
    unfurl_media: false,
    mrkdwn: false,
  }),
} as const;

/** The name of a template. */
export type TemplateName = keyof typeof TEMPLATES;

const EMOJI: Readonly<Record<Message["news"], string>> = {
  started: ":arrow_forward:",
  paused: ":double_vertical_bar:",
  resumed: ":arrow_forward:",
  stopped: ":black_square_for_stop:",
  finished: ":white_check_mark:",
  failed: ":x:",
  quarantine: ":warning:",
};

/** Slack reads these three characters as markup. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
