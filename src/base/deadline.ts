/**
 * Does `act` with a signal that aborts as `outer` does, or once so many milliseconds have passed: then with a `TimeoutError`, as that of `AbortSignal.timeout`.
 *
 * `AbortSignal.any([outer, AbortSignal.timeout(…)])` may never abort on Node 20 and 22: nobody holds the signal of the time, and a garbage collection takes it with its timer
 * (nodejs/node#57736). Here the timer holds it.
 */
export async function withDeadline<Value>(
  milliseconds: number,
  outer: AbortSignal,
  act: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }, milliseconds);
  try {
    return await act(AbortSignal.any([outer, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
