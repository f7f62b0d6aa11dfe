import type { Client } from 'graphql-ws';

/** Milliseconds between an answer to a ping and the next ping; for the client's `keepAlive`. */
export const PING_EVERY_MS = 10_000;

/** Milliseconds without a word from the server, once it was sent a ping. */
const ANSWERED_WITHIN_MS = 10_000;

/** Milliseconds until the server has let the client in. */
const CONNECTED_WITHIN_MS = 20_000;

/**
 * Gives up a connection on which nobody answers, though nothing closed it: as after a laptop's sleep, or in another network. A browser would find out after minutes.
 * To whoever listens it is closed with 4499.
 */
export function watchPulse(client: Client): void {
  let silence: ReturnType<typeof setTimeout> | undefined;
  const giveUpIn = (milliseconds: number): void => {
    clearTimeout(silence);
    silence = setTimeout(() => client.terminate(), milliseconds);
  };
  const carryOn = (): void => {
    clearTimeout(silence);
    silence = undefined;
  };
  client.on('connecting', () => giveUpIn(CONNECTED_WITHIN_MS));
  client.on('connected', carryOn);
  client.on('ping', (isFromServer) => isFromServer || giveUpIn(ANSWERED_WITHIN_MS));
  client.on('pong', (isFromServer) => isFromServer && carryOn());
  // The answer to a ping may wait behind much else.
  client.on('message', () => silence !== undefined && giveUpIn(ANSWERED_WITHIN_MS));
  client.on('closed', carryOn);
  // One that was never made is not closed either.
  client.on('error', carryOn);
}
