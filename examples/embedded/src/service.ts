import { createServer, type Server } from "node:http";
import type { Rotation } from "./rotation.ts";

/** `GET /rotation` tells where it is, `POST /rotation` starts it or goes on, `DELETE /rotation` stops it. */
export function rotationService(rotation: Rotation): Server {
  return createServer((request, response) => {
    const send = (status: number) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(rotation.state));
    void answer(request, send).catch(() => response.writeHead(500).end());
  });

  async function answer(
    { method, url }: { readonly method?: string | undefined; readonly url?: string | undefined },
    send: (status: number) => void,
  ): Promise<void> {
    if (url !== "/rotation") return send(404);
    switch (method) {
      case "GET":
        return send(200);
      case "POST":
        return send((await rotation.start()) ? 202 : 409);
      case "DELETE":
        await rotation.stop();
        return send(200);
      default:
        return send(405);
    }
  }
}
