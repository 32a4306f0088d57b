// Tries to open an audit log without being root, and prints the error.
import { openForProcess } from "./open-for-process.ts";

if (process.getuid?.() === 0) process.setuid?.(65534);
try {
  await openForProcess(process.argv[2]!);
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
