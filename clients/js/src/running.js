/**
 * Answers what starts work of a following that nobody waits for: its failure ends the following, and
 * is nobody's once that has ended.
 *
 * @param {(error: unknown) => void} fail
 * @param {AbortSignal} signal
 * @returns {(work: () => Promise<void>) => void}
 */
export function running(fail, signal) {
  return (work) => {
    work().catch((error) => {
      if (!signal.aborted) fail(error);
    });
  };
}
