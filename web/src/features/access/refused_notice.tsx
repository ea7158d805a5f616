import { Button } from '@mantine/core';
import { describeRefusal } from '@/righttask/status';
import classes from './access.module.css';
import { TokenForm } from './token_form';

interface RefusedNoticeProps {
  readonly reason: string;
  readonly hasToken: boolean;
  /** Where edits are that the server does not have; null if there are none. */
  readonly unsent: 'device' | 'tab' | null;
  readonly onToken: (text: string) => boolean;
  readonly onRetry: () => void;
}

interface Words {
  readonly title: string;
  readonly text: string;
  readonly token: boolean;
  /** What the button says that tries again; null where trying again alone is no help. */
  readonly retry: string | null;
}

function wordsFor(reason: string, hasToken: boolean): Words {
  switch (reason) {
    case 'unauthorized':
      return {
        title: hasToken ? 'Your access token is not accepted' : 'This list needs permission',
        text: hasToken
          ? 'Open the link that you were given once more, or paste another access token.'
          : 'Open the link that you were given, or paste your access token.',
        token: true,
        retry: null,
      };
    case 'expired':
      return {
        title: 'Your access has expired',
        text: 'A new link or access token lets you go on where you were.',
        token: true,
        retry: null,
      };
    case 'revoked':
      return {
        title: 'Your access was withdrawn',
        text: 'If you were given new access, open its link or paste the token.',
        token: true,
        retry: null,
      };
    case 'forbidden':
      return {
        title: 'This list is not open to you',
        text: 'Your access is for other lists, or you are kept out of this one for a while.',
        token: true,
        retry: 'Try again',
      };
    case 'kicked':
      return {
        title: 'You were removed from this list',
        text: 'Somebody who looks after it has put you out.',
        token: false,
        retry: 'Come back',
      };
    case 'closed':
      return { title: 'The server has closed this list', text: '', token: false, retry: 'Open it again' };
    default:
      return {
        title: `This list cannot be opened: ${describeRefusal(reason)}`,
        text: 'It is tried again by itself.',
        token: false,
        retry: null,
      };
  }
}

/** Why one is not let in, and what one can do about it. */
export function RefusedNotice({ reason, hasToken, unsent, onToken, onRetry }: RefusedNoticeProps) {
  const words = wordsFor(reason, hasToken);
  return (
    <section className={classes.notice} aria-label="Access">
      <div role="alert">
        <h2>{words.title}</h2>
        <p>
          {words.text} {unsent === 'device' && 'What you changed is kept on this device.'}
          {unsent === 'tab' && 'What you changed is kept in this tab only, so leave it open.'}
        </p>
      </div>
      {words.token && <TokenForm onToken={onToken} refused={null} action="Open the list" />}
      {words.retry !== null && (
        <Button size="xs" variant="default" onClick={onRetry}>
          {words.retry}
        </Button>
      )}
    </section>
  );
}
