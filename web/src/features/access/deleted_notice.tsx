import { Button } from '@mantine/core';
import { useState } from 'react';
import classes from './access.module.css';

interface DeletedNoticeProps {
  /** How many tasks the copy on this device holds. */
  readonly tasks: number;
  readonly onDownload: () => void;
  /** Drops the copy. */
  readonly onStartAnew: () => void;
}

/** The list was deleted. Its copy here is the person's to keep or to drop, and never comes back by itself. */
export function DeletedNotice({ tasks, onDownload, onStartAnew }: DeletedNoticeProps) {
  const [asking, setAsking] = useState(false);
  const count = tasks === 1 ? 'the task' : `the ${tasks} tasks`;
  return (
    <section className={classes.notice} aria-label="Deleted list">
      <div role="alert">
        <h2>This list was deleted</h2>
        <p>
          {tasks === 0
            ? 'You can begin a new one under the same name.'
            : `Below is ${count} of it that this device still has. Nobody else sees ${tasks === 1 ? 'it' : 'them'}.`}
        </p>
      </div>
      {asking ? (
        <div className={classes.actions} role="group" aria-label={`Drop ${count}?`}>
          <span>Drop {count} and begin with an empty list?</span>
          <Button size="xs" color="red" autoFocus onClick={onStartAnew}>
            Drop and start anew
          </Button>
          <Button size="xs" variant="default" onClick={() => setAsking(false)}>
            Cancel
          </Button>
        </div>
      ) : (
        <div className={classes.actions}>
          {tasks > 0 && (
            <Button size="xs" onClick={onDownload}>
              Download a copy
            </Button>
          )}
          <Button
            size="xs"
            variant={tasks > 0 ? 'default' : 'filled'}
            onClick={tasks > 0 ? () => setAsking(true) : onStartAnew}
          >
            Start anew
          </Button>
        </div>
      )}
    </section>
  );
}
