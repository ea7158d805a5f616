import { initials } from '@/righttask/identity';
import classes from './avatar.module.css';

interface AvatarProps {
  readonly name: string;
  readonly color: string;
  readonly small?: boolean;
}

/** A coloured disc with initials. Decorative: name the element around it. */
export function Avatar({ name, color, small = false }: AvatarProps) {
  return (
    <span
      className={classes.avatar}
      data-small={small || undefined}
      style={{ backgroundColor: color }}
      aria-hidden="true"
    >
      {initials(name)}
    </span>
  );
}
