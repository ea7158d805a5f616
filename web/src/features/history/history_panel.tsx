import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import type { Version } from '@/righttask/versions';
import { useVersionChange, useVersionsApi, versionListQuery } from '@/righttask-react/versions';
import { CloseIcon } from '@/ui/icons';
import iconButton from '@/ui/icon_button.module.css';
import classes from './history.module.css';
import { NameForm } from './name_form';
import { byDay, versionTime } from './version_text';

interface HistoryPanelProps {
  readonly room: string;
  readonly readOnly: boolean;
  /** The version that is shown in place of the list. */
  readonly shown: number | null;
  /** What was done last, in a sentence. */
  readonly notice: string | null;
  readonly onShow: (id: number | null) => void;
  readonly onClose: () => void;
}

/** What the list was before: beside it, on a phone a sheet over its lower part. */
export function HistoryPanel({ room, readOnly, shown, notice, onShow, onClose }: HistoryPanelProps) {
  const api = useVersionsApi(room);
  const list = useInfiniteQuery(versionListQuery(api));
  const create = useVersionChange(api, (name: string) => api.create(name));
  const panel = useRef<HTMLElement>(null);

  useEffect(() => {
    // Focus comes along, so that the keyboard goes on from here; Escape leads back.
    const before = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  useEffect(() => {
    // The button that led back to the list is gone, and with it the focus.
    if (shown === null && document.activeElement === document.body) panel.current?.focus();
  }, [shown]);

  return (
    <aside
      ref={panel}
      className={classes.panel}
      aria-label="History"
      data-shown={shown !== null || undefined}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        if (shown === null) onClose();
        else onShow(null);
      }}
    >
      <div className={classes.top}>
        <h2>History</h2>
        <button type="button" className={iconButton.icon} aria-label="Close history" onClick={onClose}>
          <CloseIcon />
        </button>
      </div>
      {!readOnly && (
        <NameForm
          label="Name the list as it is now"
          action="Keep"
          busy={create.isPending}
          fault={create.error ? `Not kept: ${create.error.message}.` : null}
          onName={(name, done) => create.mutate(name, { onSuccess: done })}
        />
      )}
      <p className={classes.notice} role="status">
        {notice}
      </p>
      {list.isPending ? (
        <Loading />
      ) : list.isError && !list.data ? (
        <Failed what="The history" message={list.error.message} onRetry={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <p className={classes.empty}>
          No versions yet. They are kept by themselves as the list changes; name one to find it again.
        </p>
      ) : (
        <>
          <VersionList versions={list.data} shown={shown} onShow={onShow} />
          {list.hasNextPage && (
            <Button
              size="xs"
              variant="default"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              Show earlier ones
            </Button>
          )}
          {list.isError && (
            <Failed
              what={list.isFetchNextPageError ? 'What was earlier' : 'What is new'}
              message={list.error.message}
              onRetry={() => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())}
            />
          )}
        </>
      )}
    </aside>
  );
}

/** Arrow keys go from version to version, as they go from task to task. */
function onArrow(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const from = all.findIndex((each) => each === document.activeElement);
  all[from + by]?.focus();
}

function VersionList({
  versions,
  shown,
  onShow,
}: Pick<HistoryPanelProps, 'shown' | 'onShow'> & { versions: readonly Version[] }) {
  const today = new Date();
  return (
    <div className={classes.days} onKeyDown={onArrow}>
      {byDay(versions, today).map(({ day, versions }) => (
        <section key={versions[0]?.id} aria-label={day}>
          <h3>{day}</h3>
          <ol className={classes.versions} aria-label={`Versions of ${day}`}>
            {versions.map((version) => (
              <li key={version.id}>
                <button
                  type="button"
                  className={classes.version}
                  aria-current={version.id === shown}
                  onClick={() => onShow(version.id === shown ? null : version.id)}
                >
                  <span className={classes.name} data-kind={version.kind}>
                    {version.name || 'Kept by itself'}
                  </span>
                  <span className={classes.meta}>
                    <time dateTime={version.at}>{versionTime(version)}</time>
                    {version.author !== '' && `, ${version.author}`}
                  </span>
                </button>
              </li>
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function Loading() {
  return (
    <div className={classes.loading} role="status" aria-label="Opening the history">
      {[70, 48, 62].map((width) => (
        <span key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

interface FailedProps {
  /** With a capital: what is not there. */
  readonly what: string;
  readonly message: string;
  readonly onRetry: () => void;
}

export function Failed({ what, message, onRetry }: FailedProps) {
  return (
    <div className={classes.failed} role="alert">
      <p>
        {what} cannot be shown: {message}.
      </p>
      <Button size="xs" variant="default" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
