// Schema snapshot e1dca2ab68ae03096360f8d0eff431d62a56b866cc3c8e92a90496da5fb1c901. Made from records: change those.

interface Vector3Like { x: number; y: number; z: number }
interface QuaternionLike { x: number; y: number; z: number; w: number }
declare const opaque: unique symbol;
/** A geometry of a model. It can only be handed on. */
interface Geometry { readonly [opaque]: true }
/** What was set for an app. Declare its members to have them checked. */
interface Props { [name: string]: any }
/** An event of one's own. One that differs from a known one by case alone is a slip. */
type OwnEvent<E extends string, Known> = Lowercase<E> extends Lowercase<keyof Known & string> ? never : E;

/** @deprecated */
interface _9LivesUiComponent {
  /** @default 0 */
  x: number;
}

/** Opens. */
interface DoorComponent {
  /** Whether *⁄ it --]] is open. @default true */
  open: boolean;
  /** From 0 to 9. @default 0 */
  count: number;
  /** @default 0 */
  stamp: number;
  /** Unit: deg. At least -90. @default 45.5 */
  angle: number;
  /** @default "Infinity" */
  strength: number;
  /** At most 1. @default [0,0] */
  uv: [number, number];
  /** Unit: m. @default [0,0,0] */
  at: [number, number, number];
  /** @default [0,0,0,0] */
  clip: [number, number, number, number];
  /** @default [0,0,0,1] */
  turn: [number, number, number, number];
  /** @default "#ff8800" */
  paint: string;
  /** @default null */
  state: "shut" | "open" | null;
  /** @default 7 */
  title: number;
  /** @default "a \"b\"\\\n" */
  note: string;
  /** @default null */
  model: string | null;
  /** @default null @deprecated use lock */
  key: string | null;
  /** @default [] */
  end: Array<{ t: number }>;
  /** @default {"a":[1,null]} */
  any: any;
}

/** Every component by name. */
interface ComponentTypes {
  "9-lives/ui": _9LivesUiComponent;
  "door": DoorComponent;
}
