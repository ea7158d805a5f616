import { describeReason } from '@/righttask/status';
import classes from './access.module.css';
import { TokenForm } from './token_form';

interface ExpiryBannerProps {
  /** Unix milliseconds. */
  readonly endsAt: number;
  readonly refused: string | null;
  readonly onToken: (text: string) => boolean;
}

/** Says in time that access is about to end; nothing is in the way of working on. */
export function ExpiryBanner({ endsAt, refused, onToken }: ExpiryBannerProps) {
  const time = new Date(endsAt).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (
    <section className={classes.notice} data-tone="attention" aria-label="Access">
      <p role="status">
        Your access ends at {time}. With a new access token you stay; without one, nothing you made is lost.
      </p>
      <TokenForm
        onToken={onToken}
        refused={refused === null ? null : `The server did not take it: ${describeReason(refused)}.`}
        action="Stay"
      />
    </section>
  );
}
