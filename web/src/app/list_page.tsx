import { ActionIcon, Button, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import { DeletedNotice } from '@/features/access/deleted_notice';
import { ExpiryBanner } from '@/features/access/expiry_banner';
import { RefusedNotice } from '@/features/access/refused_notice';
import { HistoryPanel } from '@/features/history/history_panel';
import { VersionPreview } from '@/features/history/version_preview';
import { NamePrompt, People } from '@/features/presence/people';
import { QuickAdd } from '@/features/quick-add/quick_add';
import { StatusBanner } from '@/features/status/status_banner';
import { StatusLine } from '@/features/status/status_line';
import { TaskDetails } from '@/features/task-details/task_details';
import { TaskList, type TaskListActions } from '@/features/task-list/task_list';
import { isReadOnly } from '@/righttask/status';
import type { Task, TaskChanges } from '@/righttask/task';
import { describeHours } from '@/ui/due';
import type { FieldMark } from '@/ui/field_mark';
import { HistoryIcon, LinkIcon, MoonIcon, SunIcon } from '@/ui/icons';
import { useStartAnew } from '@/righttask-react/righttask_provider';
import { useIdentity } from '@/righttask-react/use_identity';
import { usePhoenixYjs, type SharedTasks } from '@/righttask-react/use_phoenix_yjs';
import { useSharedText } from '@/righttask-react/use_shared_text';
import { useToken } from '@/righttask-react/use_token';
import { downloadCopy } from './download_copy';
import { fieldMarks } from './field_marks';
import classes from './list_page.module.css';
import { pathOfRoom, titleOfRoom } from './room_location';
import { useDeletedTask } from './use_deleted_task';

/** The history beside the list: the version that is shown in its place, and what was done last. */
interface History {
  readonly shown: number | null;
  readonly notice: string | null;
}

const noVersion: History = { shown: null, notice: null };
const noMarks: readonly FieldMark[] = [];

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select');
}

/** `n` goes to quick add; Ctrl Z and Ctrl Shift Z undo and redo one's own edits. */
function usePageKeys(shared: SharedTasks, readOnly: boolean, focusQuickAdd: () => void): void {
  const { undo, redo } = shared.actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event.target)) return;
      const command = event.ctrlKey || event.metaKey;
      if (command && event.key.toLowerCase() === 'z') {
        event.preventDefault();
        if (readOnly) return;
        if (event.shiftKey) redo();
        else undo();
      } else if (event.key === 'n' && !command && !event.altKey) {
        event.preventDefault();
        focusQuickAdd();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [undo, redo, readOnly, focusQuickAdd]);
}

export function ListPage({ room, onAnew }: { room: string; onAnew: () => void }) {
  const shared = usePhoenixYjs(room);
  const startAnew = useStartAnew(room);
  const { identity, answer } = useIdentity();
  const { token, accept } = useToken();
  const { tasks, actions, status, connection, access } = shared;
  const readOnly = isReadOnly(status, connection, access.scope);
  const refused = connection.status === 'refused' ? connection.reason : null;
  const [selected, setSelected] = useState<string | null>(null);
  const [history, setHistory] = useState<History | null>(null);
  const { deleted, offer, dismiss } = useDeletedTask();
  const quickAdd = useRef<HTMLInputElement>(null);
  const focusQuickAdd = useMemo(() => () => quickAdd.current?.focus(), []);
  usePageKeys(shared, readOnly, focusQuickAdd);

  const title = titleOfRoom(room);
  useEffect(() => {
    document.title = `${title} · RightTask`;
  }, [title]);

  const marks = useMemo(() => fieldMarks(shared.editing, shared.people), [shared.editing, shared.people]);
  const listActions = useMemo<TaskListActions>(
    () => ({
      ...actions,
      removeTask: (id) => {
        const task = actions.deleteTask(id);
        if (task) offer(task);
      },
      selectTask: (id) => {
        setHistory(null);
        setSelected((before) => (before === id ? null : id));
      },
    }),
    [actions, offer],
  );

  // The versions of a list go with it.
  const openHistory = refused === 'room_deleted' ? null : history;
  const previewed = openHistory?.shown ?? null;
  const task = selected === null ? undefined : tasks.find((each) => each.id === selected);

  return (
    <div className={classes.page}>
      <Header
        title={title}
        room={room}
        shared={shared}
        historyOpen={openHistory !== null}
        hasHistory={refused !== 'room_deleted'}
        onHistory={() => {
          setSelected(null);
          setHistory((before) => (before ? null : noVersion));
        }}
      />
      <div className={classes.body}>
        <main className={classes.main} data-scroller>
          <div className={classes.column}>
            {!access.byToken && refused === null && <NamePrompt identity={identity} onIdentity={answer} />}
            {refused === null && <StatusBanner status={status} />}
            {refused === null && access.endsAt !== null && (
              <ExpiryBanner endsAt={access.endsAt} refused={access.renewalRefused} onToken={accept} />
            )}
            {refused === 'room_deleted' && (
              <DeletedNotice
                tasks={tasks.length}
                onDownload={() => downloadCopy(title, tasks)}
                kept={!('kept' in status) || status.kept}
                onStartAnew={() => startAnew().then(onAnew)}
              />
            )}
            {refused !== null && refused !== 'room_deleted' && (
              <RefusedNotice
                reason={refused}
                hasToken={token !== null}
                unsent={status.kind !== 'not-saved' ? null : status.kept ? 'device' : 'tab'}
                onToken={accept}
                onRetry={() => shared.client.retry()}
              />
            )}
            {previewed !== null ? (
              <VersionPreview
                key={previewed}
                room={room}
                id={previewed}
                now={tasks}
                readOnly={readOnly}
                onLeave={(notice) => setHistory({ shown: null, notice })}
              />
            ) : refused !== null && tasks.length === 0 ? null : !shared.ready ? (
              <Loading />
            ) : tasks.length === 0 ? (
              <Empty offline={connection.status === 'offline'} readOnly={readOnly} onAdd={focusQuickAdd} />
            ) : (
              <>
                <Summary tasks={tasks} />
                <TaskList
                  tasks={tasks}
                  marks={marks}
                  selected={selected}
                  readOnly={readOnly}
                  actions={listActions}
                />
              </>
            )}
          </div>
          <div className={classes.foot} hidden={previewed !== null || refused !== null}>
            {deleted && !readOnly && (
              <div className={classes.undo} role="status">
                <span className={classes.undoText}>Deleted “{deleted.title}”</span>
                <button
                  type="button"
                  onClick={() => {
                    actions.restoreTask(deleted);
                    dismiss();
                  }}
                >
                  Undo
                </button>
                <button type="button" onClick={dismiss}>
                  Dismiss
                </button>
              </div>
            )}
            <QuickAdd inputRef={quickAdd} disabled={readOnly} onAdd={(task) => actions.addTask(task)} />
          </div>
        </main>
        {openHistory && (
          <HistoryPanel
            room={room}
            readOnly={readOnly}
            {...openHistory}
            onShow={(shown) => setHistory({ shown, notice: null })}
            onClose={() => setHistory(null)}
          />
        )}
        {task && (
          <Details
            key={task.id}
            task={task}
            shared={shared}
            marks={marks.get(task.id) ?? noMarks}
            readOnly={readOnly}
            onRemove={() => listActions.removeTask(task.id)}
            onClose={() => setSelected(null)}
          />
        )}
      </div>
    </div>
  );
}

interface HeaderProps {
  readonly title: string;
  readonly room: string;
  readonly shared: SharedTasks;
  readonly historyOpen: boolean;
  readonly hasHistory: boolean;
  readonly onHistory: () => void;
}

function Header({ title, room, shared, historyOpen, hasHistory, onHistory }: HeaderProps) {
  const { identity, answer } = useIdentity();
  const clipboard = useClipboard({ timeout: 2000 });
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <header className={classes.header}>
      <img src="/icon.svg" alt="" width={22} height={22} />
      <h1 className={classes.title}>{title}</h1>
      <div className={classes.status}>
        <StatusLine status={shared.status} />
      </div>
      <People
        people={shared.people}
        identity={identity}
        nameFixed={shared.access.byToken}
        onIdentity={answer}
      />
      <div className={classes.tools}>
        <Tooltip label="History">
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            aria-label="History"
            aria-expanded={historyOpen}
            disabled={!hasHistory}
            onClick={onHistory}
          >
            <HistoryIcon />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={clipboard.copied ? 'Copied' : 'Copy the link to this list'}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            className={classes.share}
            aria-label={clipboard.copied ? 'Link copied' : 'Copy the link to this list'}
            onClick={() => clipboard.copy(`${window.location.origin}${pathOfRoom(room)}`)}
          >
            <LinkIcon />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={`Use the ${other} theme`}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={32}
            aria-label={`Use the ${other} theme`}
            onClick={() => setColorScheme(other)}
          >
            {scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
          </ActionIcon>
        </Tooltip>
      </div>
    </header>
  );
}

interface DetailsProps {
  readonly task: Task;
  readonly shared: SharedTasks;
  readonly marks: readonly FieldMark[];
  readonly readOnly: boolean;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}

function Details({ task, shared, onClose, onRemove, ...rest }: DetailsProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const description = useSharedText(shared.client.taskDocument, task.id, area);
  const { actions } = shared;
  return (
    <TaskDetails
      {...rest}
      task={task}
      description={description}
      descriptionRef={area}
      onUpdate={(changes: TaskChanges) => actions.updateTask(task.id, changes)}
      onRemove={onRemove}
      onEditing={(field) => actions.setEditing(field === null ? null : { task: task.id, field })}
      onClose={() => {
        actions.setEditing(null);
        onClose();
      }}
    />
  );
}

function Summary({ tasks }: { tasks: readonly Task[] }) {
  const open = tasks.filter((task) => !task.completed);
  const hours = open.reduce((sum, task) => sum + (task.estimatedHours ?? 0), 0);
  if (open.length === 0) return <p className={classes.summary}>Everything here is done</p>;
  return (
    <p className={classes.summary}>
      {open.length} open{hours > 0 && `, ${describeHours(hours)} to go`}
    </p>
  );
}

/** Rows in waiting, for the moment between a first visit and the server's answer. */
function Loading() {
  return (
    <div className={classes.loading} role="status" aria-label="Opening the list">
      {[62, 44, 71, 38, 55].map((width) => (
        <span key={width} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

function Empty({ offline, readOnly, onAdd }: { offline: boolean; readOnly: boolean; onAdd: () => void }) {
  if (readOnly) {
    return (
      <section className={classes.empty} aria-label="Empty list">
        <h2>Nothing here yet</h2>
        <p>Tasks appear as soon as somebody adds them.</p>
      </section>
    );
  }
  return (
    <section className={classes.empty} aria-label="Empty list">
      <h2>{offline ? 'Nothing here on this device yet' : 'Nothing to do yet'}</h2>
      <p>
        {offline
          ? 'The server cannot be reached. You can begin: what you add is kept here and sent as soon as it can be.'
          : 'Add the first task, with its day, urgency and hours in one line: “Send invoice tomorrow p1 2h”.'}
      </p>
      <Button onClick={onAdd} size="sm">
        Add a task
      </Button>
    </section>
  );
}
