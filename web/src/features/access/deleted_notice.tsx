import { Button } from '@mantine/core';
import { useState } from 'react';
import classes from './access.module.css';

interface DeletedNoticeProps {
  /** How many tasks the copy on this device holds. */
  readonly tasks: number;
  /** Whether they are on this device, or in this tab alone. */
  readonly kept: boolean;
  readonly onDownload: () => void;
  /** Drops the copy. */
  readonly onStartAnew: () => Promise<void>;
}

/** The list was deleted. Its copy here is the person's to keep or to drop, and never comes back by itself. */
export function DeletedNotice({ tasks, kept, onDownload, onStartAnew }: DeletedNoticeProps) {
  // Null before the first question: who has answered it goes on from where it was asked.
  const [asking, setAsking] = useState<boolean | null>(null);
  const [dropping, setDropping] = useState(false);
  const startAnew = () => {
    setDropping(true);
    void onStartAnew();
  };
  const count = tasks === 1 ? 'the task' : `the ${tasks} tasks`;
  return (
    <section className={classes.notice} aria-label="Deleted list">
      <div role="alert">
        <h2>This list was deleted</h2>
        <p>
          {tasks === 0
            ? 'You can begin a new one under the same name.'
            : `Below is ${count} of it that this ${kept ? 'device' : 'tab'} still has. Nobody else sees ${tasks === 1 ? 'it' : 'them'}.`}
          {tasks > 0 && !kept && ' Closing the tab loses what you have not downloaded.'}
        </p>
      </div>
      {asking ? (
        <div
          key="asking"
          className={classes.actions}
          role="group"
          aria-label={`Drop ${count}?`}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || dropping) return;
            event.stopPropagation();
            setAsking(false);
          }}
        >
          <span>
            Drop {count}, and go on with a list of that name that has none of {tasks === 1 ? 'it' : 'them'}?
          </span>
          <Button size="xs" color="red" loading={dropping} onClick={startAnew}>
            Drop and start anew
          </Button>
          {/* Not the button that drops the only copy: two quick presses of Enter are no answer. */}
          <Button size="xs" variant="default" autoFocus disabled={dropping} onClick={() => setAsking(false)}>
            Cancel
          </Button>
        </div>
      ) : (
        <div key="offering" className={classes.actions}>
          {tasks > 0 && (
            <Button size="xs" onClick={onDownload}>
              Download a copy
            </Button>
          )}
          <Button
            size="xs"
            variant={tasks > 0 ? 'default' : 'filled'}
            autoFocus={asking === false}
            loading={dropping}
            onClick={tasks > 0 ? () => setAsking(true) : startAnew}
          >
            Start anew
          </Button>
        </div>
      )}
    </section>
  );
}
