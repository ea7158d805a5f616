import { useCallback, useEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { Task, TaskChanges } from '@/righttask/task';
import type { FieldMark } from '@/ui/field_mark';
import { ChevronIcon } from '@/ui/icons';
import { TaskRow, type RowActions } from './task_row';
import { TaskRows, type Place } from './task_rows';
import classes from './task_list.module.css';
import { useHeldTasks } from './use_held_tasks';
import { useRowDrag } from './use_row_drag';

export interface TaskListActions {
  readonly updateTask: (id: string, changes: TaskChanges) => void;
  readonly toggleTask: (id: string) => void;
  readonly removeTask: (id: string) => void;
  readonly selectTask: (id: string) => void;
  /** `index` counts all tasks, completed ones too, without the moved one. */
  readonly moveTask: (id: string, index: number) => void;
  readonly setEditing: (mark: { task: string; field: string } | null) => void;
}

interface TaskListProps {
  readonly tasks: readonly Task[];
  readonly marks: ReadonlyMap<string, readonly FieldMark[]>;
  readonly selected: string | null;
  readonly readOnly: boolean;
  readonly actions: TaskListActions;
}

/** The height of rows as the style sheet has it: it depends on pointer and width. */
function useRowHeight(list: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(36);
  useEffect(() => {
    const media = window.matchMedia('(pointer: coarse), (width < 640px)');
    const measure = () => {
      const row = list.current ? getComputedStyle(list.current).getPropertyValue('--row') : '';
      setHeight(Number.parseInt(row, 10) || 36);
    };
    measure();
    media.addEventListener('change', measure);
    return () => media.removeEventListener('change', measure);
  }, [list]);
  return height;
}

function focusTitle(root: HTMLElement | null, id: string, part: string): void {
  const row = root?.querySelector(`[data-task="${CSS.escape(id)}"]`);
  const target = row?.querySelector<HTMLElement>(part);
  target?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

export function TaskList({ tasks, marks, selected, readOnly, actions }: TaskListProps) {
  const list = useRef<HTMLUListElement>(null);
  const completedList = useRef<HTMLUListElement>(null);
  const rowHeight = useRowHeight(list);
  const held = useHeldTasks(tasks);
  const open = held.tasks;
  const completed = useMemo(() => {
    const held = new Set(open);
    return tasks.filter((task) => task.completed && !held.has(task));
  }, [tasks, open]);
  const [unfolded, setUnfolded] = useState(false);
  const [announcement, setAnnouncement] = useState('');

  // What handlers need of the latest render, without making new handlers.
  const latest = useRef({ tasks, open, completed, actions, release: held.release });
  useEffect(() => {
    latest.current = { tasks, open, completed, actions, release: held.release };
  });

  const drop = useCallback((id: string, wanted: number) => {
    const { tasks, open, actions, release } = latest.current;
    const from = open.findIndex((task) => task.id === id);
    // The list may have become shorter while the hand held the row.
    const gap = Math.min(wanted, open.length);
    if (from === -1 || gap === from || gap === from + 1) return;
    const next = open[gap];
    const others = tasks.filter((task) => task.id !== id);
    const previous = open[gap - 1];
    const index = next
      ? others.findIndex((task) => task.id === next.id)
      : previous
        ? others.findIndex((task) => task.id === previous.id) + 1
        : 0;
    actions.moveTask(id, index);
    release();
    const place = gap > from ? gap : gap + 1;
    setAnnouncement(`Moved to place ${place} of ${open.length}`);
  }, []);

  const { drag, onHandleDown } = useRowDrag(list, rowHeight, open.length, drop);
  const refocus = useRef<{ id: string; part: string } | null>(null);
  useEffect(() => {
    if (!refocus.current) return;
    focusTitle(list.current, refocus.current.id, refocus.current.part);
    refocus.current = null;
  });

  const rowActions = useMemo<RowActions>(
    () => ({
      update: (id, changes) => latest.current.actions.updateTask(id, changes),
      toggle: (id) => {
        latest.current.actions.toggleTask(id);
        latest.current.release();
      },
      remove: (id) => {
        latest.current.actions.removeTask(id);
        latest.current.release();
      },
      select: (id) => latest.current.actions.selectTask(id),
      editing: (id, editing) =>
        latest.current.actions.setEditing(editing ? { task: id, field: 'title' } : null),
      grab: onHandleDown,
      step: (id, by) => {
        const { open } = latest.current;
        const from = open.findIndex((task) => task.id === id);
        const gap = by === -1 ? from - 1 : from + 2;
        if (from === -1 || gap < 0 || gap > open.length) return;
        // Moving a row in the document takes the focus from it: give it back.
        const active = document.activeElement;
        refocus.current = {
          id,
          part:
            active?.tagName === 'BUTTON'
              ? 'button'
              : active?.matches('[type=checkbox]')
                ? '[type=checkbox]'
                : 'input:not([type])',
        };
        drop(id, gap);
      },
      focusBeside: (id, by) => {
        const { open, completed } = latest.current;
        for (const [rows, root] of [
          [open, list],
          [completed, completedList],
        ] as const) {
          const from = rows.findIndex((task) => task.id === id);
          const beside = from === -1 ? undefined : rows[from + by];
          if (beside) focusTitle(root.current, beside.id, 'input:not([type])');
        }
      },
    }),
    [drop, onHandleDown],
  );

  const row = (task: Task, place: Place) => (
    <TaskRow
      key={task.id}
      task={task}
      place={place}
      marks={marks.get(task.id)}
      selected={task.id === selected}
      dragged={drag?.id === task.id}
      readOnly={readOnly}
      actions={rowActions}
    />
  );

  return (
    <>
      <div
        className={classes.frame}
        onPointerMoveCapture={held.hold}
        onPointerLeave={held.release}
        onKeyDownCapture={held.hold}
      >
        <TaskRows
          label="Tasks"
          list={list}
          tasks={open}
          rowHeight={rowHeight}
          held={drag?.id ?? null}
          row={row}
        />
        {drag && (
          <div className={classes.drop} style={{ top: drag.gap * rowHeight - 1 }} aria-hidden="true" />
        )}
      </div>
      {completed.length > 0 && (
        <section className={classes.completed} aria-label="Completed tasks">
          <button
            type="button"
            className={classes.fold}
            aria-expanded={unfolded}
            onClick={() => setUnfolded(!unfolded)}
          >
            <ChevronIcon />
            Completed <span className={classes.count}>{completed.length}</span>
          </button>
          {unfolded && (
            <TaskRows
              label="Completed"
              list={completedList}
              tasks={completed}
              rowHeight={rowHeight}
              held={null}
              row={row}
            />
          )}
        </section>
      )}
      <p className="visually-hidden" role="log">
        {announcement}
      </p>
    </>
  );
}
