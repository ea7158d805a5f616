import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useSyncExternalStore,
  type ChangeEvent,
  type RefObject,
} from 'react';
import type * as Y from 'yjs';
import { editOrigin, type TaskDocument } from '@/righttask/task_document';
import { diffText, shiftPosition, type TextChange } from '@/righttask/text_diff';

export interface SharedText {
  readonly value: string;
  readonly onChange: (event: ChangeEvent<HTMLTextAreaElement>) => void;
}

/** A Yjs delta as single replacements, each in the text the one before it left. */
function changesOf(delta: Y.YTextEvent['delta']): TextChange[] {
  const changes: TextChange[] = [];
  let index = 0;
  for (const step of delta) {
    if (step.retain !== undefined) index += step.retain;
    else if (step.delete !== undefined) changes.push({ index, removed: step.delete, inserted: '' });
    else if (typeof step.insert === 'string') {
      changes.push({ index, removed: 0, inserted: step.insert });
      index += step.insert.length;
    }
  }
  return changes;
}

/**
 * Binds a textarea to a task's description: typing becomes the smallest change,
 * so that two people's letters merge, and the caret stays where it was between
 * the letters when somebody else types before it.
 */
export function useSharedText(
  document: TaskDocument,
  taskId: string,
  area: RefObject<HTMLTextAreaElement | null>,
): SharedText {
  const text = document.description(taskId);
  const selection = useRef<{ start: number; end: number } | null>(null);

  const subscribe = useCallback(
    (listener: () => void) => {
      text?.observe(listener);
      return () => text?.unobserve(listener);
    },
    [text],
  );
  const value = useSyncExternalStore(subscribe, () => text?.toJSON() ?? '');

  useEffect(() => {
    if (!text) return;
    const onText = (event: Y.YTextEvent, transaction: Y.Transaction) => {
      if (transaction.origin === editOrigin || !area.current) return;
      let { selectionStart: start, selectionEnd: end } = selection.current
        ? { selectionStart: selection.current.start, selectionEnd: selection.current.end }
        : area.current;
      for (const change of changesOf(event.delta)) {
        start = shiftPosition(start, change);
        end = shiftPosition(end, change);
      }
      selection.current = { start, end };
    };
    text.observe(onText);
    return () => text.unobserve(onText);
  }, [text, area]);

  useLayoutEffect(() => {
    const { current } = selection;
    selection.current = null;
    // Setting a selection would also move the focus in some browsers.
    if (current && area.current && area.current.ownerDocument.activeElement === area.current) {
      area.current.setSelectionRange(current.start, current.end);
    }
  }, [value, area]);

  return {
    value,
    onChange: (event) => {
      const { value: typed, selectionEnd } = event.currentTarget;
      const change = diffText(text?.toJSON() ?? '', typed, selectionEnd);
      if (change) document.editDescription(taskId, change);
    },
  };
}
