import { explainStatus, type SaveStatus } from '@/righttask/status';
import classes from './status_banner.module.css';

/** What a person should know beyond the status line, where it cannot be missed and is in no way. */
export function StatusBanner({ status }: { status: SaveStatus }) {
  const explanation = explainStatus(status);
  return (
    <div role="status" aria-label="About saving">
      {explanation !== null && (
        <p className={classes.banner} data-kind={status.kind}>
          {explanation}
        </p>
      )}
    </div>
  );
}
