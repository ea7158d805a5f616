import { describeStatus, type SaveStatus } from '@/righttask/status';
import classes from './status_line.module.css';

const wrong: ReadonlySet<SaveStatus['kind']> = new Set(['not-saved', 'refused']);
const attention: ReadonlySet<SaveStatus['kind']> = new Set(['offline', 'read-only']);

/** One quiet line that says whether the work is safe; coloured only when something is wrong. */
export function StatusLine({ status }: { status: SaveStatus }) {
  const tone = wrong.has(status.kind) ? 'wrong' : attention.has(status.kind) ? 'attention' : 'quiet';
  return (
    <p className={classes.status} data-tone={tone} data-kind={status.kind} role="status">
      <span className={classes.dot} aria-hidden="true" />
      <span className={classes.text}>{describeStatus(status)}</span>
    </p>
  );
}
