import { useState, type FormEvent } from 'react';
import type { Ended, Turn } from '../../src/sdk/turn.js';
import { Message } from './message.js';
import { useChat } from './use-chat.js';

export function Chat({ conversationId }: { conversationId: string }) {
  const { messages, sent, turn, end, isAnswering, error, send, stop, retry } = useChat(conversationId);
  const asked = turn.userMessage?.text ?? sent?.text;

  return (
    <>
      <section role="log" aria-label="Messages" aria-busy={isAnswering}>
        {messages.filter(notOf(turn)).map((message) => (
          <Message key={message.id} {...message} />
        ))}
        {asked !== undefined && <Message role="USER" parts={[{ __typename: 'TextPart', text: asked }]} />}
        {turn.runId !== null && <Message role="ASSISTANT" parts={turn.parts} />}
      </section>
      <p role="status">{noteOn(end)}</p>
      {error !== null && (
        <p role="alert">
          {error} <button onClick={retry}>Try again</button>
        </p>
      )}
      <Composer isDisabled={isAnswering || sent !== null} onSend={send} />
      {stop && <button onClick={stop}>Stop</button>}
    </>
  );
}

function Composer({ isDisabled, onSend }: { isDisabled: boolean; onSend: (text: string) => void }) {
  const [text, setText] = useState('');
  function submit(event: FormEvent): void {
    event.preventDefault();
    onSend(text);
    setText('');
  }
  return (
    <form className="row" onSubmit={submit}>
      <textarea aria-label="Message" required value={text} onChange={({ target }) => setText(target.value)} />
      <button disabled={isDisabled}>Send</button>
    </form>
  );
}

/** Whether a stored message is not shown as part of the turn already. */
function notOf({ runId, userMessage, end }: Turn) {
  return ({ id, status }: { id: string; status: string }): boolean =>
    id !== userMessage?.id && id !== end?.message.id && (runId === null || status !== 'STREAMING');
}

function noteOn(end: Ended | null): string | null {
  switch (end?.__typename) {
    case 'RunFailed':
      return `${end.error.code}: ${end.error.message}`;
    case 'RunCancelled':
      return 'Stopped.';
    case 'RunInterrupted':
      return 'Interrupted: send it again.';
    default:
      return null;
  }
}
