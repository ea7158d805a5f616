import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Task } from '@/righttask/task';
import { describeChanges, versionChanges, type VersionMark } from '@/righttask/version_changes';
import type { Version } from '@/righttask/versions';
import { useVersionChange, useVersionsApi, versionQuery } from '@/righttask-react/versions';
import { describeDue, describeHours } from '@/ui/due';
import { CheckIcon } from '@/ui/icons';
import { priorities } from '@/ui/priority';
import { Failed } from './history_panel';
import classes from './history.module.css';
import { NameForm } from './name_form';
import { versionDay, versionTime, versionTitle } from './version_text';

interface VersionPreviewProps {
  readonly room: string;
  readonly id: number;
  /** The list as it is now. */
  readonly now: readonly Task[];
  readonly readOnly: boolean;
  /** Back to now; with a sentence when something was done. */
  readonly onLeave: (notice: string | null) => void;
}

const markText: Readonly<Record<VersionMark, string>> = {
  'gone-since': 'not in the list now',
  'changed-since': 'different now',
};

/** A version in place of the list: what it held, what a restore would do, and doing it. */
export function VersionPreview({ room, id, now, readOnly, onLeave }: VersionPreviewProps) {
  const api = useVersionsApi(room);
  const { data, error, isPending, refetch } = useQuery(versionQuery(api, id));
  const changes = useMemo(() => versionChanges(data?.tasks ?? [], now), [data, now]);

  if (isPending) {
    return (
      <div className={classes.loading} role="status" aria-label="Opening the version">
        {[55, 72, 40, 64].map((width) => (
          <span key={width} style={{ width: `${width}%` }} />
        ))}
      </div>
    );
  }
  if (!data) return <Failed what="The version" message={error.message} onRetry={() => void refetch()} />;
  return (
    <section
      aria-label={`Version ${versionTitle(data.version, new Date())}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onLeave(null);
      }}
    >
      <PreviewHead
        room={room}
        version={data.version}
        sentence={describeChanges(changes)}
        readOnly={readOnly}
        onLeave={onLeave}
      />
      {data.tasks.length === 0 ? (
        <p className={classes.empty}>The list was empty.</p>
      ) : (
        <ul className={classes.tasks} aria-label="Tasks of the version">
          {data.tasks.map((task) => (
            <PreviewRow key={task.id} task={task} mark={changes.marks.get(task.id)} />
          ))}
        </ul>
      )}
      {changes.cameSince.length > 0 && (
        <>
          <h3 className={classes.since}>Came since</h3>
          <ul className={classes.tasks} data-since aria-label="Came since">
            {changes.cameSince.map((task) => (
              <PreviewRow key={task.id} task={task} mark={undefined} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

type Doing = 'naming' | 'restoring' | null;

interface PreviewHeadProps extends Pick<VersionPreviewProps, 'room' | 'readOnly' | 'onLeave'> {
  readonly version: Version;
  readonly sentence: string;
}

function PreviewHead({ room, version, sentence, readOnly, onLeave }: PreviewHeadProps) {
  const api = useVersionsApi(room);
  const [step, setStep] = useState<{ doing: Doing; before: Doing }>({ doing: null, before: null });
  const doing = readOnly ? null : step.doing;
  const setDoing = (next: Doing) => setStep({ doing: next, before: doing });
  const rename = useVersionChange(api, (name: string) => api.rename(version.id, name));
  const restore = useVersionChange(api, () => api.restore(version.id));
  const today = new Date();
  const title = versionTitle(version, today);
  return (
    <div className={classes.head}>
      <div>
        <h2>{title}</h2>
        <p>
          {versionDay(version, today)}, {versionTime(version)}
          {version.author !== '' && `, ${version.author}`}. {sentence}
        </p>
      </div>
      {doing === 'naming' ? (
        <NameForm
          label="Name of this version"
          action="Name"
          initial={version.name}
          busy={rename.isPending}
          fault={rename.error ? `Not named: ${rename.error.message}.` : null}
          focus
          onName={(name) => rename.mutate(name, { onSuccess: () => setDoing(null) })}
          onCancel={() => setDoing(null)}
        />
      ) : doing === 'restoring' ? (
        <div
          key="restoring"
          className={classes.actions}
          role="group"
          aria-label="Restore this version?"
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            setDoing(null);
          }}
        >
          <span>Everybody’s list becomes this version. The list of now stays in the history.</span>
          <Button
            size="xs"
            autoFocus
            loading={restore.isPending}
            onClick={() =>
              restore.mutate(undefined, {
                onSuccess: () => onLeave(`Restored “${title}”. The list before it is kept below.`),
              })
            }
          >
            Restore
          </Button>
          <Button size="xs" variant="default" onClick={() => setDoing(null)}>
            Cancel
          </Button>
        </div>
      ) : (
        <div key="offering" className={classes.actions}>
          {!readOnly && (
            <>
              {/* What was begun and ended gives the focus back to where it began. */}
              <Button size="xs" autoFocus={step.before === 'restoring'} onClick={() => setDoing('restoring')}>
                Restore this version
              </Button>
              <Button
                size="xs"
                variant="default"
                autoFocus={step.before === 'naming'}
                onClick={() => setDoing('naming')}
              >
                {version.name === '' ? 'Name it' : 'Rename it'}
              </Button>
            </>
          )}
          <Button size="xs" variant="subtle" onClick={() => onLeave(null)}>
            Back to now
          </Button>
        </div>
      )}
      {restore.error && (
        <p className={classes.fault} role="alert">
          Not restored: {restore.error.message}.
        </p>
      )}
    </div>
  );
}

function PreviewRow({ task, mark }: { task: Task; mark: VersionMark | undefined }) {
  const chips = [
    task.dueDate !== null && describeDue(task.dueDate, new Date()),
    task.estimatedHours !== null && describeHours(task.estimatedHours),
    task.priority > 0 && priorities[task.priority]?.short,
  ].filter((chip) => typeof chip === 'string');
  return (
    <li className={classes.task} data-completed={task.completed || undefined} data-mark={mark}>
      <span className={classes.box} aria-hidden="true">
        {task.completed && <CheckIcon />}
      </span>
      <span className={classes.taskTitle}>
        {task.title || 'Untitled task'}
        {task.completed && <span className="visually-hidden">, completed</span>}
      </span>
      {mark && <span className={classes.mark}>{markText[mark]}</span>}
      <span className={classes.meta}>{chips.join(' · ')}</span>
    </li>
  );
}
