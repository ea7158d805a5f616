/** Line icons on a 16-pixel grid. Decorative: the control around one carries the name. */
import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

export const CheckIcon = () => (
  <Icon>
    <path d="M3.5 8.5l3 3 6-6.5" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
);
export const PlusIcon = () => (
  <Icon>
    <path d="M8 3v10M3 8h10" />
  </Icon>
);
export const LinkIcon = () => (
  <Icon>
    <path d="M6.8 9.2l2.4-2.4M7.5 4.8l1.2-1.2a2.6 2.6 0 013.7 3.7l-1.2 1.2M8.5 11.2l-1.2 1.2a2.6 2.6 0 01-3.7-3.7l1.2-1.2" />
  </Icon>
);
export const ChevronIcon = () => (
  <Icon>
    <path d="M6 4l4 4-4 4" />
  </Icon>
);
export const TrashIcon = () => (
  <Icon>
    <path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5" />
  </Icon>
);
export const CalendarIcon = () => (
  <Icon>
    <rect x="2.5" y="3.5" width="11" height="10" rx="2" />
    <path d="M2.5 6.7h11M5.5 2v2.6M10.5 2v2.6" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 5v3l2 1.5" />
  </Icon>
);
export const FlagIcon = () => (
  <Icon>
    <path d="M4 14V2.8M4 3.2c3-1.6 5 1.6 8.2.2v5.4C9 10.2 7 7 4 8.6" />
  </Icon>
);
export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  </Icon>
);
export const MoonIcon = () => (
  <Icon>
    <path d="M13 9.6A5.5 5.5 0 016.4 3 5.5 5.5 0 1013 9.6z" />
  </Icon>
);
export const GripIcon = () => (
  <Icon>
    {[4, 8, 12].flatMap((y) =>
      [5.8, 10.2].map((x) => <circle key={`${x}/${y}`} cx={x} cy={y} r=".7" fill="currentColor" />),
    )}
  </Icon>
);
export const NoteIcon = () => (
  <Icon>
    <path d="M3 4h10M3 8h10M3 12h6" />
  </Icon>
);
export const HistoryIcon = () => (
  <Icon>
    <path d="M2.8 5.5A5.8 5.8 0 112.2 8M2.5 2.8v2.9h2.9M8 5v3l2.2 1.4" />
  </Icon>
);
