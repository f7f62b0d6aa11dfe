import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { serveDesk } from './ipc.js';
import './probe.js';

/** The baseline: what it costs to bring tokens from a model service to a socket when nothing else is done. */

type Said = { readonly role: string; readonly content: string; readonly [more: string]: unknown };
type Chunk = {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string;
      readonly tool_calls?: readonly {
        readonly id?: string;
        readonly function: { readonly name?: string; readonly arguments: string };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
};

const agent = new Agent({ keepAlive: true });
let upstream = '';

async function relay(socket: WebSocket, prompt: string): Promise<void> {
  const messages: Said[] = [{ role: 'user', content: prompt }];
  const call = await complete(socket, messages);
  if (call !== '') {
    const output = new Date().toLocaleString('en-GB', {
      timeZone: (JSON.parse(call) as { timeZone: string }).timeZone,
    });
    messages.push({ role: 'tool', tool_call_id: 'call_bench_1', content: output });
    await complete(socket, messages);
  }
  socket.send('{"done":true}');
}

/** Sends the tokens of one completion. Resolves with the arguments of the tool that it calls, or with nothing. */
function complete(socket: WebSocket, messages: readonly Said[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ model: 'bench', stream: true, messages });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asking = request(`${upstream}/chat/completions`, { method: 'POST', agent, headers }, (response) => {
      let rest = '';
      let call = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (!line.startsWith('data: {')) continue;
          const delta = (JSON.parse(line.slice(6)) as Chunk).choices[0]?.delta;
          if (delta?.content) socket.send(JSON.stringify({ text: delta.content }));
          else if (delta?.tool_calls) call += delta.tool_calls[0]?.function.arguments ?? '';
        }
      });
      response.on('end', () => resolve(call));
      response.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

serveDesk({
  async listen(upstreamUrl: string): Promise<string> {
    upstream = upstreamUrl;
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, backlog: 4_096 });
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        void relay(socket, data.toString()).catch((error: Error) => socket.close(1011, error.message.slice(0, 100)));
      });
    });
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
});
export type RelayDesk = { listen(upstreamUrl: string): Promise<string> };
