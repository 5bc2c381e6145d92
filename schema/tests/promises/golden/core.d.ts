// Schema snapshot 9a4c43b943998900046e2b81bb9cdf7ed83c4d4ada26113b7cb8a96722958a7e. Made from records: change those.

interface Vector3Like { x: number; y: number; z: number }
interface QuaternionLike { x: number; y: number; z: number; w: number }
declare const opaque: unique symbol;
/** A geometry of a model. It can only be handed on. */
interface Geometry { readonly [opaque]: true }
/** What was set for an app. Declare its members to have them checked. */
interface Props { [name: string]: any }
/** An event of one's own. One that differs from a known one by case alone is a slip. */
type OwnEvent<E extends string, Known> = Lowercase<E> extends Lowercase<keyof Known & string> ? never : E;

/** A prompt that is held to do something. */
interface ActionComponent {
  /** What the prompt says. @default "Interact" */
  label: string;
  /** How near one must be to see it. Unit: m. @default 3 */
  distance: number;
  /** How long to hold. Unit: s. @default 0.5 */
  duration: number;
}

/** A place a player can be attached to. */
interface AnchorComponent {
}

/** A sound, somewhere in the world. */
interface AudioComponent {
  /** The sound to play. @default null */
  src: string | null;
  /** How loud it is; 1 leaves the sound as it is. @default 1 */
  volume: number;
  /** Start over at the end. @default false */
  loop: boolean;
  /** The slider of the user's mixer it belongs to. @default "music" */
  group: "music" | "sfx";
  /** Heard from where it stands; otherwise the same everywhere. @default true */
  spatial: boolean;
  /** The curve by which it gets quieter with distance. @default "inverse" */
  distanceModel: "linear" | "inverse" | "exponential";
  /** From this distance on it gets quieter. Unit: m. @default 1 */
  refDistance: number;
  /** From this distance on it gets no quieter. Unit: m. @default 40 */
  maxDistance: number;
  /** How fast it gets quieter with distance. @default 3 */
  rolloffFactor: number;
  /** The angle within which it is heard in full. Unit: deg. @default 360 */
  coneInnerAngle: number;
  /** The angle outside which it is as loud as `coneOuterGain`. Unit: deg. @default 360 */
  coneOuterAngle: number;
  /** How loud it is outside the outer cone. @default 0 */
  coneOuterGain: number;
}

/** A character. */
interface AvatarComponent {
  /** The character to show. @default null */
  src: string | null;
  /** The animation it plays; `s`, `l` and `g` in the query set speed, loop and gaze. @default null */
  emote: string | null;
  /** Whether it shows. @default true */
  visible: boolean;
}

/** A shape of the rigidbody above it. */
interface ColliderComponent {
  /** Which shape it has. @default "box" */
  type: "box" | "sphere" | "geometry";
  /** Width of the box. Unit: m. @default 1 */
  width: number;
  /** Height of the box. Unit: m. @default 1 */
  height: number;
  /** Depth of the box. Unit: m. @default 1 */
  depth: number;
  /** Radius of the sphere. Unit: m. @default 0.5 */
  radius: number;
  /** Wrap the geometry instead of following every dent. @default false */
  convex: boolean;
  /** Report what enters, and let it through; wraps the geometry. @default false */
  trigger: boolean;
  /** Which layer it collides as; `player` is not open to apps. @default "environment" */
  layer: "environment" | "prop" | "tool";
  /** How hard it is to set sliding. @default 0.6 */
  staticFriction: number;
  /** How much sliding is slowed. @default 0.6 */
  dynamicFriction: number;
  /** How much it bounces. @default 0 */
  restitution: number;
}

/** A capsule that walks: moved by script, stopped by walls. */
interface ControllerComponent {
  /** Radius of the capsule. Unit: m. @default 0.4 */
  radius: number;
  /** Height of the capsule between its caps. Unit: m. @default 1 */
  height: number;
  /** Draw the capsule, to see what happens. @default false */
  visible: boolean;
  /** Which layer it collides as; `player` is not open to apps. @default "environment" */
  layer: "environment" | "prop" | "tool";
  /** What the other side of a contact or a ray is told about it. @default null */
  tag: string | null;
}

/** Holds other nodes together, and is nothing to see. */
interface GroupComponent {
}

/** A picture in the world. */
interface ImageComponent {
  /** The picture to show. @default null */
  src: string | null;
  /** Width; `null` follows from the picture. Unit: m. @default null */
  width: number | null;
  /** Height; `null` follows from the picture. Unit: m. @default 1 */
  height: number | null;
  /** How the picture is fitted into its surface. @default "contain" */
  fit: "none" | "cover" | "contain";
  /** The colour of what the picture leaves free. @default "black" */
  color: string | null;
  /** Which point of it is at its position. @default "center" */
  pivot: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
  /** Whether it throws a shadow. @default false */
  castShadow: boolean;
  /** Whether shadows fall on it. @default false */
  receiveShadow: boolean;
}

/** Holds two rigidbodies together. As hosts stand today its bodies cannot be set, so it holds nothing. */
interface JointComponent {
  /** What it leaves free. @default "fixed" */
  type: "fixed" | "socket" | "hinge" | "distance";
  /** The first body. @default null */
  body0: string | null;
  /** Where it holds the first body. Change it in place. Unit: m. @default [0,0,0] */
  offset0: [number, number, number];
  /** How it sits in the first body. Change it in place. @default [0,0,0,1] */
  quaternion0: [number, number, number, number];
  /** The second body. @default null */
  body1: string | null;
  /** Where it holds the second body. Change it in place. Unit: m. @default [0,0,0] */
  offset1: [number, number, number];
  /** How it sits in the second body. Change it in place. @default [0,0,0,1] */
  quaternion1: [number, number, number, number];
  /** The force that breaks it. @default "Infinity" */
  breakForce: number;
  /** The torque that breaks it. @default "Infinity" */
  breakTorque: number;
  /** How far a socket bends around Y. Unit: deg. @default null */
  limitY: number | null;
  /** What a hinge or a socket turns around. Change it in place. @default [0,1,0] */
  axis: [number, number, number];
  /** How far a socket bends around Z. Unit: deg. @default null */
  limitZ: number | null;
  /** The least: degrees of a hinge, metres of a distance. @default null */
  limitMin: number | null;
  /** The most: degrees of a hinge, metres of a distance. @default null */
  limitMax: number | null;
  /** How stiff the spring at the limit is. @default null */
  limitStiffness: number | null;
  /** How much that spring is damped. @default null */
  limitDamping: number | null;
  /** Whether the two bodies collide with each other. @default false */
  collide: boolean;
}

/** Shows the one child that suits the distance. */
interface LodComponent {
  /** Whether distances grow with the scale of the node. @default true */
  scaleAware: boolean;
}

/** Triangles one can see. */
interface MeshComponent {
  /** Which geometry it has. @default "box" */
  type: "box" | "sphere" | "geometry";
  /** Width of the box. Unit: m. @default 1 */
  width: number;
  /** Height of the box. Unit: m. @default 1 */
  height: number;
  /** Depth of the box. Unit: m. @default 1 */
  depth: number;
  /** Radius of the sphere. Unit: m. @default 0.5 */
  radius: number;
  /** Share one instance and material with meshes that look the same. @default true */
  linked: boolean;
  /** Whether it throws a shadow. @default true */
  castShadow: boolean;
  /** Whether shadows fall on it. @default true */
  receiveShadow: boolean;
  /** Use `active` instead. @default true @deprecated use active */
  visible: boolean;
}

/** A flat mirror; only clients see it. */
interface MirrorComponent {
  /** How wide it is. Unit: m. @default 2 */
  width: number;
  /** How high it is. Unit: m. @default 2 */
  height: number;
  /** A colour the reflection is tinted with. @default "#ffffff" */
  tint: string;
  /** Width of the picture it reflects into. Unit: px. @default 512 */
  textureWidth: number;
  /** Height of the picture it reflects into. Unit: px. @default 512 */
  textureHeight: number;
  /** How far the clipping plane is moved. @default 0 */
  clipBias: number;
}

/** A floating name with a health bar. */
interface NametagComponent {
  /** What it says. @default "..." */
  label: string;
  /** The health it shows; at 100 the bar is hidden. @default 100 */
  health: number;
}

/** What every node has. */
interface NodeComponent {
  /** Whether it takes part in the world; what is below it goes with it. @default true */
  active: boolean;
  /** The CSS cursor while the pointer is over it. @default null */
  cursor: string | null;
}

/** Many small pictures: smoke, sparks, rain. */
interface ParticlesComponent {
  /** Whether new particles come. @default true */
  emitting: boolean;
  /** Where they come from: a shape's word, then its measures. @default ["cone",1,1,25] */
  shape: any;
  /** How much their direction is left to chance. From 0 to 1. @default 0 */
  direction: number;
  /** How many come per second. @default 10 */
  rate: number;
  /** How many come at once, and when. @default [] */
  bursts: Array<{ time: number; count: number }>;
  /** How long one cycle is. Unit: s. @default 5 */
  duration: number;
  /** Start the next cycle after this one. @default true */
  loop: boolean;
  /** How many there are at most. @default 1000 */
  max: number;
  /** How fast its time passes. @default 1 */
  timescale: number;
  /** How long one lives: `a`, `a-b` along the cycle, `a~b` by chance. @default "5" */
  life: string;
  /** How fast one starts; written like `life`. @default "1" */
  speed: string;
  /** How large one starts; written like `life`. @default "1" */
  size: string;
  /** How one is turned at first, in degrees; written like `life`. @default "0" */
  rotate: string;
  /** Its first colour; written like `life`. @default "white" */
  color: string;
  /** How solid it is at first; written like `life`. @default "1" */
  alpha: string;
  /** How it glows at first; written like `life`. @default "1" */
  emissive: string;
  /** The picture of one. @default "/particle.png" */
  image: string;
  /** Rows, columns, frames per second and loops of a flip-book. @default null */
  spritesheet: any | null;
  /** How its colour joins what is behind. @default "normal" */
  blending: "additive" | "normal";
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** How it turns to the camera. @default "full" */
  billboard: "full" | "y" | "direction";
  /** Whether they go along with the emitter, or stay in the world. @default "world" */
  space: "local" | "world";
  /** A push at all times. @default null */
  force: [number, number, number] | null;
  /** A velocity along the axes on top. @default null */
  velocityLinear: [number, number, number] | null;
  /** A velocity around the axes on top. @default null */
  velocityOrbital: [number, number, number] | null;
  /** A velocity away from the middle on top. @default null */
  velocityRadial: number | null;
  /** How many come per metre it moves. @default 0 */
  rateOverDistance: number;
  /** Its size over its life: `t,v|t,v`. @default null */
  sizeOverLife: string | null;
  /** Its turn over its life, in degrees: `t,v|t,v`. @default null */
  rotateOverLife: string | null;
  /** Its colour over its life: `t,colour|t,colour`. @default null */
  colorOverLife: string | null;
  /** How solid it is over its life: `t,v|t,v`. @default null */
  alphaOverLife: string | null;
  /** How it glows over its life: `t,v|t,v`. @default null */
  emissiveOverLife: string | null;
}

/** A simple shape, with a body if wanted; a thousand of them cost little. */
interface PrimComponent {
  /** Which shape it is. @default "box" */
  type: "box" | "sphere" | "cylinder" | "cone" | "torus" | "plane";
  /** Measures of the shape, as many as it has: box 3, sphere 1, cylinder 3, cone 2, torus 2, plane 2; `null` is the usual size. @default null */
  size: Array<number> | null;
  /** Its colour. @default "#ffffff" */
  color: string;
  /** The colour it glows in. @default null */
  emissive: string | null;
  /** How strongly it glows. At least 0. @default 0 */
  emissiveIntensity: number;
  /** From plastic to metal. From 0 to 1. @default 0.2 */
  metalness: number;
  /** From mirror to chalk. From 0 to 1. @default 0.8 */
  roughness: number;
  /** From invisible to solid, in steps of 0.05; the body stays either way. From 0 to 1. @default 1 */
  opacity: number;
  /** A picture on its surface. @default null */
  texture: string | null;
  /** Whether it throws a shadow. @default true */
  castShadow: boolean;
  /** Whether shadows fall on it. @default true */
  receiveShadow: boolean;
  /** Its part in physics; `null` for none. @default null */
  physics: "static" | "kinematic" | "dynamic" | null;
  /** How heavy a dynamic body is. At least 0. @default 1 */
  mass: number;
  /** How fast its motion dies down. At least 0. @default 0 */
  linearDamping: number;
  /** How fast its spin dies down. At least 0. @default 0.05 */
  angularDamping: number;
  /** How hard it is to set sliding. From 0 to 1. @default 0.6 */
  staticFriction: number;
  /** How much sliding is slowed. From 0 to 1. @default 0.6 */
  dynamicFriction: number;
  /** How much it bounces. From 0 to 1. @default 0 */
  restitution: number;
  /** Which layer it collides as. @default "environment" */
  layer: "environment" | "prop" | "player" | "tool" | "camera";
  /** Report what enters, and let it through. @default false */
  trigger: boolean;
  /** What the other side of a contact or a ray is told about it. @default null */
  tag: string | null;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
}

/** A body of physics, with the shape of the colliders below it. */
interface RigidbodyComponent {
  /** How it moves: not, by script, by physics. @default "static" */
  type: "static" | "kinematic" | "dynamic";
  /** How heavy it is. At least 0. @default 1 */
  mass: number;
  /** How fast its motion dies down. At least 0. @default 0 */
  linearDamping: number;
  /** How fast its spin dies down. At least 0. @default 0.05 */
  angularDamping: number;
  /** What the other side of a contact or a ray is told about it. @default null */
  tag: string | null;
}

/** A mesh with bones, from a model, and the clips it can play. */
interface SkinnedmeshComponent {
  /** Whether it throws a shadow. @default true */
  castShadow: boolean;
  /** Whether shadows fall on it. @default true */
  receiveShadow: boolean;
}

/** Background, light all around, sun and fog. The last one added counts. */
interface SkyComponent {
  /** The picture behind everything. @default null */
  bg: string | null;
  /** The light all around. @default null */
  hdr: string | null;
  /** How the surroundings are turned. Unit: rad. @default null */
  rotationY: number | null;
  /** Which way sunlight goes. @default null */
  sunDirection: [number, number, number] | null;
  /** How strong the sun is. @default null */
  sunIntensity: number | null;
  /** The colour of the sun. @default null */
  sunColor: string | null;
  /** Where fog begins. Unit: m. @default null */
  fogNear: number | null;
  /** Where nothing but fog is seen. Unit: m. @default null */
  fogFar: number | null;
  /** The colour of the fog. @default null */
  fogColor: string | null;
  /** A fragment shader for the sky, at most 8192 characters. @default null */
  shader: string | null;
  /** What the shader is given: numbers, or lists of 2 to 4. @default null */
  shaderUniforms: any | null;
}

/** A point that apps being placed snap to. */
interface SnapComponent {
}

/** Where something is, relative to its parent. */
interface TransformComponent {
  /** Where it is, relative to its parent. Change it in place; it cannot be assigned. Unit: m. @default [0,0,0] */
  position: [number, number, number];
  /** How it is turned, relative to its parent. Change it in place; follows `rotation`. @default [0,0,0,1] */
  quaternion: [number, number, number, number];
  /** How large it is, relative to its parent. Zero is nudged to almost zero. @default [1,1,1] */
  scale: [number, number, number];
}

/** The root of a flat interface, in the world or on the screen. */
interface UiComponent {
  /** In the world, or on the screen. @default "world" */
  space: "world" | "screen";
  /** Width of the canvas. Unit: px. @default 100 */
  width: number;
  /** Height of the canvas. Unit: px. @default 100 */
  height: number;
  /** How much of the world a pixel is. @default 0.01 */
  size: number;
  /** How many dots a pixel has. @default 2 */
  res: number;
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** Whether its back is drawn too. @default true */
  doubleside: boolean;
  /** How it turns to the camera. @default "none" */
  billboard: "none" | "full" | "y";
  /** Which point of it is at its position. @default "center" */
  pivot: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  /** Moved by this much on the screen. `create` takes a list, assignment a Vector3. Unit: px. @default [0,0,0] */
  offset: [number, number, number];
  /** Least and most scale by distance, and the scale to begin with. @default null */
  scaler: any | null;
  /** Whether the pointer notices it. @default true */
  pointerEvents: boolean;
  /** Whether what is behind shines through. @default true */
  transparent: boolean;
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How thick its border is. Unit: px. @default 0 */
  borderWidth: number;
  /** The colour of its border; `null` for none. @default null */
  borderColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space inside its border: one number, or top, right, bottom, left. @default 0 */
  padding: any;
  /** The axis along which what is in it is placed. @default "column" */
  flexDirection: "column" | "column-reverse" | "row" | "row-reverse";
  /** How what is in it is spread along that axis. @default "flex-start" */
  justifyContent: "flex-start" | "flex-end" | "center" | "space-between" | "space-around" | "space-evenly";
  /** How what is in it is placed across that axis. @default "stretch" */
  alignItems: "stretch" | "flex-start" | "flex-end" | "center" | "baseline";
  /** How lines are placed, if there are several. @default "flex-start" */
  alignContent: "flex-start" | "flex-end" | "stretch" | "center" | "space-between" | "space-around" | "space-evenly";
  /** Whether what does not fit starts a new line. @default "no-wrap" */
  flexWrap: "no-wrap" | "wrap" | "wrap-reverse";
  /** Space between what is in it. Unit: px. @default 0 */
  gap: number;
}

/** A picture in an interface. */
interface UiimageComponent {
  /** Whether it takes part in the layout. @default "flex" */
  display: "flex" | "none";
  /** Placed by its edges, outside the layout. @default false */
  absolute: boolean;
  /** Distance from the top of its parent. Unit: px. @default null */
  top: number | null;
  /** Distance from the right of its parent. Unit: px. @default null */
  right: number | null;
  /** Distance from the bottom of its parent. Unit: px. @default null */
  bottom: number | null;
  /** Distance from the left of its parent. Unit: px. @default null */
  left: number | null;
  /** The picture to show. @default null */
  src: string | null;
  /** Width; `null` follows from the picture. Unit: px. @default null */
  width: number | null;
  /** Height; `null` follows from the picture. Unit: px. @default null */
  height: number | null;
  /** How the picture is fitted into its box. @default "contain" */
  objectFit: "contain" | "cover" | "fill";
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space outside its border: one number, or top, right, bottom, left. @default 0 */
  margin: any;
}

/** A field to type into. */
interface UiinputComponent {
  /** What is written in it. @default "" */
  value: string;
  /** What is shown while it is empty. @default "" */
  placeholder: string;
  /** Width. Unit: px. @default 200 */
  width: number;
  /** Height. Unit: px. @default 32 */
  height: number;
  /** How many pixels a metre has. @default 100 */
  factor: number;
  /** Size of the letters. Unit: px. @default 14 */
  fontSize: number;
  /** Colour of the letters. @default "#000000" */
  color: string;
  /** The colour behind the text. @default "#ffffff" */
  backgroundColor: string;
  /** How thick its border is. Unit: px. @default 1 */
  borderWidth: number;
  /** The colour of its border. @default "#cccccc" */
  borderColor: string;
  /** How round its corners are. Unit: px. @default 4 */
  borderRadius: number;
  /** Space inside its border. Unit: px. @default 8 */
  padding: number;
  /** Whether it refuses input. @default false */
  disabled: boolean;
  /** The kind of HTML input. @default "text" */
  type: string;
}

/** Text in an interface. */
interface UitextComponent {
  /** Whether it takes part in the layout. @default "flex" */
  display: "flex" | "none";
  /** Placed by its edges, outside the layout. @default false */
  absolute: boolean;
  /** Distance from the top of its parent. Unit: px. @default null */
  top: number | null;
  /** Distance from the right of its parent. Unit: px. @default null */
  right: number | null;
  /** Distance from the bottom of its parent. Unit: px. @default null */
  bottom: number | null;
  /** Distance from the left of its parent. Unit: px. @default null */
  left: number | null;
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space outside its border: one number, or top, right, bottom, left. @default 0 */
  margin: any;
  /** Space inside its border: one number, or top, right, bottom, left. @default 0 */
  padding: any;
  /** What it says. @default "" */
  value: string;
  /** Size of the letters. Unit: px. @default 16 */
  fontSize: number;
  /** Colour of the letters. @default "#000000" */
  color: string;
  /** Height of a line, in letter sizes. @default 1.2 */
  lineHeight: number;
  /** Where lines begin. @default "left" */
  textAlign: "left" | "center" | "right";
  /** The typeface. @default "Space Mono" */
  fontFamily: string;
  /** How bold it is, as in CSS. @default "normal" */
  fontWeight: any;
  /** Its length before room is shared: a number, or `auto`. @default "auto" */
  flexBasis: any;
  /** Its share of room that is left. @default 0 */
  flexGrow: number;
  /** How much it gives way when room is short. @default 1 */
  flexShrink: number;
}

/** A box in an interface, laid out as in CSS flexbox. */
interface UiviewComponent {
  /** Whether it takes part in the layout. @default "flex" */
  display: "flex" | "none";
  /** Width; `null` for what it needs. Unit: px. @default null */
  width: number | null;
  /** Height; `null` for what it needs. Unit: px. @default null */
  height: number | null;
  /** Placed by its edges, outside the layout. @default false */
  absolute: boolean;
  /** Distance from the top of its parent. Unit: px. @default null */
  top: number | null;
  /** Distance from the right of its parent. Unit: px. @default null */
  right: number | null;
  /** Distance from the bottom of its parent. Unit: px. @default null */
  bottom: number | null;
  /** Distance from the left of its parent. Unit: px. @default null */
  left: number | null;
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How thick its border is. Unit: px. @default 0 */
  borderWidth: number;
  /** The colour of its border; `null` for none. @default null */
  borderColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space outside its border: one number, or top, right, bottom, left. @default 0 */
  margin: any;
  /** Space inside its border: one number, or top, right, bottom, left. @default 0 */
  padding: any;
  /** The axis along which what is in it is placed. @default "column" */
  flexDirection: "column" | "column-reverse" | "row" | "row-reverse";
  /** How what is in it is spread along that axis. @default "flex-start" */
  justifyContent: "flex-start" | "flex-end" | "center" | "space-between" | "space-around" | "space-evenly";
  /** How what is in it is placed across that axis. @default "stretch" */
  alignItems: "stretch" | "flex-start" | "flex-end" | "center" | "baseline";
  /** How lines are placed, if there are several. @default "flex-start" */
  alignContent: "flex-start" | "flex-end" | "stretch" | "center" | "space-between" | "space-around" | "space-evenly";
  /** Whether what does not fit starts a new line. @default "no-wrap" */
  flexWrap: "no-wrap" | "wrap" | "wrap-reverse";
  /** Space between what is in it. Unit: px. @default 0 */
  gap: number;
  /** Its length before room is shared: a number, or `auto`. @default "auto" */
  flexBasis: any;
  /** Its share of room that is left. @default 0 */
  flexGrow: number;
  /** How much it gives way when room is short. @default 1 */
  flexShrink: number;
}

/** A film or a stream on a surface. */
interface VideoComponent {
  /** Show the shared screen of this id, not `src`. @default null */
  screenId: string | null;
  /** The film or stream to show. @default null */
  src: string | null;
  /** Play in step with others: `true` for those of the same source, or a key to share. @default false */
  linked: any;
  /** Start over at the end. @default false */
  loop: boolean;
  /** Whether the picture shows; it is heard all the same. @default true */
  visible: boolean;
  /** The colour of the surface until there is a picture. @default "black" */
  color: string | null;
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
  /** Whether it throws a shadow. @default false */
  castShadow: boolean;
  /** Whether shadows fall on it. @default false */
  receiveShadow: boolean;
  /** Width by height, until the film says, and on a geometry of one's own. @default 1.7777777777777777 */
  aspect: number;
  /** How the picture is fitted into its surface. @default "contain" */
  fit: "none" | "cover" | "contain";
  /** Width of the surface; `null` follows from the height. Unit: m. @default null */
  width: number | null;
  /** Height of the surface; `null` follows from the width. Unit: m. @default 1 */
  height: number | null;
  /** Which point of it is at its position. @default "center" */
  pivot: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  /** How loud it is; 1 leaves the sound as it is. @default 1 */
  volume: number;
  /** The slider of the user's mixer its sound belongs to. @default "music" */
  group: "music" | "sfx";
  /** Heard from where it stands; otherwise the same everywhere. @default true */
  spatial: boolean;
  /** The curve by which it gets quieter with distance. @default "inverse" */
  distanceModel: "linear" | "inverse" | "exponential";
  /** From this distance on it gets quieter. Unit: m. @default 1 */
  refDistance: number;
  /** From this distance on it gets no quieter. Unit: m. @default 40 */
  maxDistance: number;
  /** How fast it gets quieter with distance. @default 3 */
  rolloffFactor: number;
  /** The angle within which it is heard in full. Unit: deg. @default 360 */
  coneInnerAngle: number;
  /** The angle outside which it is as loud as `coneOuterGain`. Unit: deg. @default 360 */
  coneOuterAngle: number;
  /** How loud it is outside the outer cone. @default 0 */
  coneOuterGain: number;
}

/** A plane of moving water; only clients see it. */
interface WaterComponent {
  /** Width of the plane. Unit: m. At least 0. @default 10 */
  width: number;
  /** Length of the plane. Unit: m. At least 0. @default 10 */
  height: number;
  /** The colour of the water. @default "#001e0f" */
  color: string;
  /** The colour of the glints. @default "#ffffff" */
  sunColor: string;
  /** Where the sun is. @default [0,0,0] */
  sunDirection: [number, number, number];
  /** How strong the ripples are. At least 0. @default 2 */
  distortionScale: number;
  /** How fast they move. @default 0.1 */
  speed: number;
  /** How solid it is. From 0 to 1. @default 1 */
  alpha: number;
  /** Size of the picture it reflects into. At least 0. @default 256 */
  textureSize: number;
  /** The picture its waves are made from. @default null */
  normals: string | null;
  /** How much it reflects. From 0 to 1. @default 0.3 */
  reflectivity: number;
}

/** A web page in the world or on the screen. */
interface WebviewComponent {
  /** The page to show. @default null */
  src: string | null;
  /** The page itself, in place of `src`. @default null */
  html: string | null;
  /** Another name of `html`. @default null */
  srcdoc: string | null;
  /** Width; pixels on the screen, metres in the world. @default 1 */
  width: number;
  /** Height; pixels on the screen, metres in the world. @default 1 */
  height: number;
  /** How many pixels a metre has. @default 100 */
  factor: number;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
  /** In the world, or on the screen. @default "world" */
  space: "world" | "screen";
  /** Whether the pointer notices it. @default true */
  pointerEvents: boolean;
}

/** Every component by name. */
interface ComponentTypes {
  "action": ActionComponent;
  "anchor": AnchorComponent;
  "audio": AudioComponent;
  "avatar": AvatarComponent;
  "collider": ColliderComponent;
  "controller": ControllerComponent;
  "group": GroupComponent;
  "image": ImageComponent;
  "joint": JointComponent;
  "lod": LodComponent;
  "mesh": MeshComponent;
  "mirror": MirrorComponent;
  "nametag": NametagComponent;
  "node": NodeComponent;
  "particles": ParticlesComponent;
  "prim": PrimComponent;
  "rigidbody": RigidbodyComponent;
  "skinnedmesh": SkinnedmeshComponent;
  "sky": SkyComponent;
  "snap": SnapComponent;
  "transform": TransformComponent;
  "ui": UiComponent;
  "uiimage": UiimageComponent;
  "uiinput": UiinputComponent;
  "uitext": UitextComponent;
  "uiview": UiviewComponent;
  "video": VideoComponent;
  "water": WaterComponent;
  "webview": WebviewComponent;
}

/** What every node has. */
interface Node {
  /** Where it is, relative to its parent. Change it in place; it cannot be assigned. Unit: m. @default [0,0,0] */
  readonly position: Vector3;
  /** How it is turned, relative to its parent. Change it in place; follows `rotation`. @default [0,0,0,1] */
  readonly quaternion: Quaternion;
  /** How large it is, relative to its parent. Zero is nudged to almost zero. @default [1,1,1] */
  readonly scale: Vector3;
  /** Whether it takes part in the world; what is below it goes with it. @default true */
  active: boolean;
  /** The CSS cursor while the pointer is over it. @default null */
  cursor: string | null;
  /** What it is found by. Models name their nodes; others are counted. Fixed once created. */
  readonly id: string;
  /** The name of its node type. */
  readonly name: string;
  /** How it is turned, as angles in radians in the order YXZ. Change it in place. */
  readonly rotation: Euler;
  /** Where it is in the world, as a matrix. */
  readonly matrixWorld: Matrix4;
  /** What it hangs below. Moved by `add` and `remove`, not by assignment. */
  readonly parent: Node | undefined;
  /** What hangs below it, as a new list each time. */
  readonly children: Node[];
  /** Called when the pointer comes over it. */
  onPointerEnter: ((e: PointerEvent) => void) | null;
  /** Called when the pointer goes off it. */
  onPointerLeave: ((e: PointerEvent) => void) | null;
  /** Called when the pointer is pressed on it. */
  onPointerDown: ((e: PointerEvent) => void) | null;
  /** Called when a press that began on it ends. */
  onPointerUp: ((e: PointerEvent) => void) | null;
  /** The node of this id, here or below. */
  get(id: string): Node | null;
  /** A copy of where it is in the world. */
  getWorldMatrix(mat?: Matrix4): Matrix4;
  /** Hangs a node below this one, wherever it hung before. */
  add(node: Node): this;
  /** Takes a node from below this one. */
  remove(node: Node): this;
  /** Calls for this node and all below. */
  traverse(callback: (node: Node) => void): void;
  /** A copy; with `true` of all below as well. */
  clone(recursive?: boolean): Node;
  /** Brings all positions up to date now. */
  clean(): void;
}
interface NodeInit {
  position?: Vector3 | [number, number, number];
  quaternion?: Quaternion | [number, number, number, number];
  scale?: Vector3 | [number, number, number];
  active?: boolean;
  cursor?: string | null;
  id?: string;
  rotation?: Euler;
  onPointerEnter?: ((e: PointerEvent) => void) | null;
  onPointerLeave?: ((e: PointerEvent) => void) | null;
  onPointerDown?: ((e: PointerEvent) => void) | null;
  onPointerUp?: ((e: PointerEvent) => void) | null;
}

/** A prompt that is held to do something. */
interface Action extends Node {
  /** What the prompt says. @default "Interact" */
  label: string;
  /** How near one must be to see it. Unit: m. @default 3 */
  distance: number;
  /** How long to hold. Unit: s. @default 0.5 */
  duration: number;
  /** Called when holding begins. */
  onStart: (() => void) | null;
  /** Called when it was held long enough. */
  onTrigger: ((e: {playerId: string}) => void) | null;
  /** Called when it was let go too soon. */
  onCancel: (() => void) | null;
}
interface ActionInit extends NodeInit {
  label?: string;
  distance?: number;
  duration?: number;
  onStart?: (() => void) | null;
  onTrigger?: ((e: {playerId: string}) => void) | null;
  onCancel?: (() => void) | null;
}

interface Anchor extends Node {
  /** Its id in the world, from when it is there; for `player.applyEffect`. */
  readonly anchorId: string;
}
interface AnchorInit extends NodeInit {
}

/** A sound, somewhere in the world. */
interface Audio extends Node {
  /** The sound to play. @default null */
  src: string | null;
  /** How loud it is; 1 leaves the sound as it is. @default 1 */
  volume: number;
  /** Start over at the end. @default false */
  loop: boolean;
  /** The slider of the user's mixer it belongs to. @default "music" */
  group: "music" | "sfx";
  /** Heard from where it stands; otherwise the same everywhere. @default true */
  spatial: boolean;
  /** The curve by which it gets quieter with distance. @default "inverse" */
  distanceModel: "linear" | "inverse" | "exponential";
  /** From this distance on it gets quieter. Unit: m. @default 1 */
  refDistance: number;
  /** From this distance on it gets no quieter. Unit: m. @default 40 */
  maxDistance: number;
  /** How fast it gets quieter with distance. @default 3 */
  rolloffFactor: number;
  /** The angle within which it is heard in full. Unit: deg. @default 360 */
  coneInnerAngle: number;
  /** The angle outside which it is as loud as `coneOuterGain`. Unit: deg. @default 360 */
  coneOuterAngle: number;
  /** How loud it is outside the outer cone. @default 0 */
  coneOuterGain: number;
  /** Where playing is. */
  currentTime: number;
  /** Whether it plays now. */
  readonly isPlaying: boolean;
  /** Plays; with `true` from the beginning even if it plays already. */
  play(restartIfPlaying?: boolean): void;
  /** Stops where it is. */
  pause(): void;
  /** Stops and goes back to the beginning. */
  stop(): void;
  /** Glides to another speed. */
  setPlaybackRate(rate: number): void;
}
interface AudioInit extends NodeInit {
  src?: string | null;
  volume?: number;
  loop?: boolean;
  group?: "music" | "sfx";
  spatial?: boolean;
  distanceModel?: "linear" | "inverse" | "exponential";
  refDistance?: number;
  maxDistance?: number;
  rolloffFactor?: number;
  coneInnerAngle?: number;
  coneOuterAngle?: number;
  coneOuterGain?: number;
}

/** A character. */
interface Avatar extends Node {
  /** The character to show. @default null */
  src: string | null;
  /** The animation it plays; `s`, `l` and `g` in the query set speed, loop and gaze. @default null */
  emote: string | null;
  /** Whether it shows. @default true */
  visible: boolean;
  /** Called when it is there. */
  onLoad: (() => void) | null;
  /** Use `getHeight()` instead. @deprecated use getHeight() */
  readonly height: number | null;
  /** How tall it is, once it is there. */
  getHeight(): number | null;
  /** How much is above its head bone, once it is there. */
  getHeadToHeight(): number | null;
  /** Where a bone is in the world. */
  getBoneTransform(boneName: string): Matrix4 | null;
  /** Moves it as players move: 0 idle, 1 walk, 2 run, 3 jump, 4 fall, 5 fly, 6 talk. */
  setLocomotion(mode: number, axis: Vector3, gazeDir: Vector3): void;
  /** Use `emote` instead. @deprecated use emote */
  setEmote(url: string): void;
}
interface AvatarInit extends NodeInit {
  src?: string | null;
  emote?: string | null;
  visible?: boolean;
  onLoad?: (() => void) | null;
}

/** A shape of the rigidbody above it. */
interface Collider extends Node {
  /** Which shape it has. @default "box" */
  type: "box" | "sphere" | "geometry";
  /** Width of the box. Unit: m. @default 1 */
  width: number;
  /** Height of the box. Unit: m. @default 1 */
  height: number;
  /** Depth of the box. Unit: m. @default 1 */
  depth: number;
  /** Radius of the sphere. Unit: m. @default 0.5 */
  radius: number;
  /** Wrap the geometry instead of following every dent. @default false */
  convex: boolean;
  /** Report what enters, and let it through; wraps the geometry. @default false */
  trigger: boolean;
  /** Which layer it collides as; `player` is not open to apps. @default "environment" */
  layer: "environment" | "prop" | "tool";
  /** How hard it is to set sliding. @default 0.6 */
  staticFriction: number;
  /** How much sliding is slowed. @default 0.6 */
  dynamicFriction: number;
  /** How much it bounces. @default 0 */
  restitution: number;
  /** A geometry taken from another node; it can only be handed on. */
  geometry: Geometry | null;
  /** Sets the three measures of the box at once. */
  setSize(width: number, height: number, depth: number): void;
  /** Sets what its surface is like. */
  setMaterial(staticFriction: number, dynamicFriction: number, restitution: number): void;
  /** Builds its shape anew. */
  requestRebuild(): void;
}
interface ColliderInit extends NodeInit {
  type?: "box" | "sphere" | "geometry";
  width?: number;
  height?: number;
  depth?: number;
  radius?: number;
  convex?: boolean;
  trigger?: boolean;
  layer?: "environment" | "prop" | "tool";
  staticFriction?: number;
  dynamicFriction?: number;
  restitution?: number;
  geometry?: Geometry | null;
}

/** A capsule that walks: moved by script, stopped by walls. */
interface Controller extends Node {
  /** Radius of the capsule. Unit: m. @default 0.4 */
  radius: number;
  /** Height of the capsule between its caps. Unit: m. @default 1 */
  height: number;
  /** Draw the capsule, to see what happens. @default false */
  visible: boolean;
  /** Which layer it collides as; `player` is not open to apps. @default "environment" */
  layer: "environment" | "prop" | "tool";
  /** What the other side of a contact or a ray is told about it. @default null */
  tag: string | null;
  /** Called when something touches it. */
  onContactStart: ((event: ContactEvent) => void) | null;
  /** Called when something stops touching it. */
  onContactEnd: ((event: ContactEvent) => void) | null;
  /** Whether the last move ended on something. */
  readonly isGrounded: boolean;
  /** Whether the last move bumped its head. */
  readonly isCeiling: boolean;
  /** Puts it somewhere, walls or not. */
  teleport(vec3: Vector3): void;
  /** Moves it by so much, as far as walls let it. */
  move(vec3: Vector3): void;
}
interface ControllerInit extends NodeInit {
  radius?: number;
  height?: number;
  visible?: boolean;
  layer?: "environment" | "prop" | "tool";
  tag?: string | null;
  onContactStart?: ((event: ContactEvent) => void) | null;
  onContactEnd?: ((event: ContactEvent) => void) | null;
}

interface Group extends Node {
}
interface GroupInit extends NodeInit {
}

/** A picture in the world. */
interface Image extends Node {
  /** The picture to show. @default null */
  src: string | null;
  /** Width; `null` follows from the picture. Unit: m. @default null */
  width: number | null;
  /** Height; `null` follows from the picture. Unit: m. @default 1 */
  height: number | null;
  /** How the picture is fitted into its surface. @default "contain" */
  fit: "none" | "cover" | "contain";
  /** The colour of what the picture leaves free. @default "black" */
  color: string | null;
  /** Which point of it is at its position. @default "center" */
  pivot: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
  /** Whether it throws a shadow. @default false */
  castShadow: boolean;
  /** Whether shadows fall on it. @default false */
  receiveShadow: boolean;
}
interface ImageInit extends NodeInit {
  src?: string | null;
  width?: number | null;
  height?: number | null;
  fit?: "none" | "cover" | "contain";
  color?: string | null;
  pivot?: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  lit?: boolean;
  doubleside?: boolean;
  castShadow?: boolean;
  receiveShadow?: boolean;
}

/** Holds two rigidbodies together. As hosts stand today its bodies cannot be set, so it holds nothing. */
interface Joint extends Node {
  /** What it leaves free. @default "fixed" */
  type: "fixed" | "socket" | "hinge" | "distance";
  /** The first body. @default null */
  body0: RigidBody | null;
  /** Where it holds the first body. Change it in place. Unit: m. @default [0,0,0] */
  readonly offset0: Vector3;
  /** How it sits in the first body. Change it in place. @default [0,0,0,1] */
  readonly quaternion0: Quaternion;
  /** The second body. @default null */
  body1: RigidBody | null;
  /** Where it holds the second body. Change it in place. Unit: m. @default [0,0,0] */
  readonly offset1: Vector3;
  /** How it sits in the second body. Change it in place. @default [0,0,0,1] */
  readonly quaternion1: Quaternion;
  /** The force that breaks it. @default "Infinity" */
  breakForce: number;
  /** The torque that breaks it. @default "Infinity" */
  breakTorque: number;
  /** How far a socket bends around Y. Unit: deg. @default null */
  limitY: number | null;
  /** What a hinge or a socket turns around. Change it in place. @default [0,1,0] */
  readonly axis: Vector3;
  /** How far a socket bends around Z. Unit: deg. @default null */
  limitZ: number | null;
  /** The least: degrees of a hinge, metres of a distance. @default null */
  limitMin: number | null;
  /** The most: degrees of a hinge, metres of a distance. @default null */
  limitMax: number | null;
  /** How stiff the spring at the limit is. @default null */
  limitStiffness: number | null;
  /** How much that spring is damped. @default null */
  limitDamping: number | null;
  /** Whether the two bodies collide with each other. @default false */
  collide: boolean;
  /** The same as angles. */
  readonly rotation0: Euler;
  /** The same as angles. */
  readonly rotation1: Euler;
}
interface JointInit extends NodeInit {
  type?: "fixed" | "socket" | "hinge" | "distance";
  breakForce?: number;
  breakTorque?: number;
  limitY?: number | null;
  limitZ?: number | null;
  limitMin?: number | null;
  limitMax?: number | null;
  limitStiffness?: number | null;
  limitDamping?: number | null;
  collide?: boolean;
}

/** Shows the one child that suits the distance. */
interface LOD extends Node {
  /** Whether distances grow with the scale of the node. @default true */
  scaleAware: boolean;
  /** Adds a child that shows up to a distance. */
  insert(node: Node, maxDistance: number): this;
}
interface LODInit extends NodeInit {
  scaleAware?: boolean;
}

/** Triangles one can see. */
interface Mesh extends Node {
  /** Which geometry it has. @default "box" */
  type: "box" | "sphere" | "geometry";
  /** Width of the box. Unit: m. @default 1 */
  width: number;
  /** Height of the box. Unit: m. @default 1 */
  height: number;
  /** Depth of the box. Unit: m. @default 1 */
  depth: number;
  /** Radius of the sphere. Unit: m. @default 0.5 */
  radius: number;
  /** Share one instance and material with meshes that look the same. @default true */
  linked: boolean;
  /** Whether it throws a shadow. @default true */
  castShadow: boolean;
  /** Whether shadows fall on it. @default true */
  receiveShadow: boolean;
  /** Use `active` instead. @default true @deprecated use active */
  visible: boolean;
  /** A geometry taken from another node; it can only be handed on. */
  geometry: Geometry | null;
  /** The material, to change in place. */
  readonly material: Material;
  /** Sets the three measures of the box at once. */
  setSize(width: number, height: number, depth: number): void;
}
interface MeshInit extends NodeInit {
  type?: "box" | "sphere" | "geometry";
  width?: number;
  height?: number;
  depth?: number;
  radius?: number;
  linked?: boolean;
  castShadow?: boolean;
  receiveShadow?: boolean;
  visible?: boolean;
  geometry?: Geometry | null;
  material?: Material;
}

/** A flat mirror; only clients see it. */
interface Mirror extends Node {
  /** How wide it is. Unit: m. @default 2 */
  width: number;
  /** How high it is. Unit: m. @default 2 */
  height: number;
  /** A colour the reflection is tinted with. @default "#ffffff" */
  tint: string;
  /** Width of the picture it reflects into. Unit: px. @default 512 */
  textureWidth: number;
  /** Height of the picture it reflects into. Unit: px. @default 512 */
  textureHeight: number;
  /** How far the clipping plane is moved. @default 0 */
  clipBias: number;
}
interface MirrorInit extends NodeInit {
  width?: number;
  height?: number;
  tint?: string;
  textureWidth?: number;
  textureHeight?: number;
  clipBias?: number;
}

/** A floating name with a health bar. */
interface Nametag extends Node {
  /** What it says. @default "..." */
  label: string;
  /** The health it shows; at 100 the bar is hidden. @default 100 */
  health: number;
}
interface NametagInit extends NodeInit {
  label?: string;
  health?: number;
}

/** Many small pictures: smoke, sparks, rain. */
interface Particles extends Node {
  /** Whether new particles come. @default true */
  emitting: boolean;
  /** Where they come from: a shape's word, then its measures. @default ["cone",1,1,25] */
  shape: (string | number)[];
  /** How much their direction is left to chance. From 0 to 1. @default 0 */
  direction: number;
  /** How many come per second. @default 10 */
  rate: number;
  /** How many come at once, and when. @default [] */
  bursts: Array<{ time: number; count: number }>;
  /** How long one cycle is. Unit: s. @default 5 */
  duration: number;
  /** Start the next cycle after this one. @default true */
  loop: boolean;
  /** How many there are at most. @default 1000 */
  max: number;
  /** How fast its time passes. @default 1 */
  timescale: number;
  /** How long one lives: `a`, `a-b` along the cycle, `a~b` by chance. @default "5" */
  life: string;
  /** How fast one starts; written like `life`. @default "1" */
  speed: string;
  /** How large one starts; written like `life`. @default "1" */
  size: string;
  /** How one is turned at first, in degrees; written like `life`. @default "0" */
  rotate: string;
  /** Its first colour; written like `life`. @default "white" */
  color: string;
  /** How solid it is at first; written like `life`. @default "1" */
  alpha: string;
  /** How it glows at first; written like `life`. @default "1" */
  emissive: string;
  /** The picture of one. @default "/particle.png" */
  image: string;
  /** Rows, columns, frames per second and loops of a flip-book. @default null */
  spritesheet: [number, number, number, number] | null;
  /** How its colour joins what is behind. @default "normal" */
  blending: "additive" | "normal";
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** How it turns to the camera. @default "full" */
  billboard: "full" | "y" | "direction";
  /** Whether they go along with the emitter, or stay in the world. @default "world" */
  space: "local" | "world";
  /** A push at all times. @default null */
  force: Vector3 | null;
  /** A velocity along the axes on top. @default null */
  velocityLinear: Vector3 | null;
  /** A velocity around the axes on top. @default null */
  velocityOrbital: Vector3 | null;
  /** A velocity away from the middle on top. @default null */
  velocityRadial: number | null;
  /** How many come per metre it moves. @default 0 */
  rateOverDistance: number;
  /** Its size over its life: `t,v|t,v`. @default null */
  sizeOverLife: string | null;
  /** Its turn over its life, in degrees: `t,v|t,v`. @default null */
  rotateOverLife: string | null;
  /** Its colour over its life: `t,colour|t,colour`. @default null */
  colorOverLife: string | null;
  /** How solid it is over its life: `t,v|t,v`. @default null */
  alphaOverLife: string | null;
  /** How it glows over its life: `t,v|t,v`. @default null */
  emissiveOverLife: string | null;
  /** Called when the last one is gone, if it does not loop. */
  onEnd: (() => void) | null;
}
interface ParticlesInit extends NodeInit {
  emitting?: boolean;
  shape?: (string | number)[];
  direction?: number;
  rate?: number;
  bursts?: Array<{ time: number; count: number }>;
  duration?: number;
  loop?: boolean;
  max?: number;
  timescale?: number;
  life?: string;
  speed?: string;
  size?: string;
  rotate?: string;
  color?: string;
  alpha?: string;
  emissive?: string;
  image?: string;
  spritesheet?: [number, number, number, number] | null;
  blending?: "additive" | "normal";
  lit?: boolean;
  billboard?: "full" | "y" | "direction";
  space?: "local" | "world";
  force?: Vector3 | null | [number, number, number];
  velocityLinear?: Vector3 | null | [number, number, number];
  velocityOrbital?: Vector3 | null | [number, number, number];
  velocityRadial?: number | null;
  rateOverDistance?: number;
  sizeOverLife?: string | null;
  rotateOverLife?: string | null;
  colorOverLife?: string | null;
  alphaOverLife?: string | null;
  emissiveOverLife?: string | null;
  onEnd?: (() => void) | null;
}

/** A simple shape, with a body if wanted; a thousand of them cost little. */
interface Prim extends Node {
  /** Which shape it is. @default "box" */
  type: "box" | "sphere" | "cylinder" | "cone" | "torus" | "plane";
  /** Measures of the shape, as many as it has: box 3, sphere 1, cylinder 3, cone 2, torus 2, plane 2; `null` is the usual size. @default null */
  size: Array<number> | null;
  /** Its colour. @default "#ffffff" */
  color: string;
  /** The colour it glows in. @default null */
  emissive: string | null;
  /** How strongly it glows. At least 0. @default 0 */
  emissiveIntensity: number;
  /** From plastic to metal. From 0 to 1. @default 0.2 */
  metalness: number;
  /** From mirror to chalk. From 0 to 1. @default 0.8 */
  roughness: number;
  /** From invisible to solid, in steps of 0.05; the body stays either way. From 0 to 1. @default 1 */
  opacity: number;
  /** A picture on its surface. @default null */
  texture: string | null;
  /** Whether it throws a shadow. @default true */
  castShadow: boolean;
  /** Whether shadows fall on it. @default true */
  receiveShadow: boolean;
  /** Its part in physics; `null` for none. @default null */
  physics: "static" | "kinematic" | "dynamic" | null;
  /** How heavy a dynamic body is. At least 0. @default 1 */
  mass: number;
  /** How fast its motion dies down. At least 0. @default 0 */
  linearDamping: number;
  /** How fast its spin dies down. At least 0. @default 0.05 */
  angularDamping: number;
  /** How hard it is to set sliding. From 0 to 1. @default 0.6 */
  staticFriction: number;
  /** How much sliding is slowed. From 0 to 1. @default 0.6 */
  dynamicFriction: number;
  /** How much it bounces. From 0 to 1. @default 0 */
  restitution: number;
  /** Which layer it collides as. @default "environment" */
  layer: "environment" | "prop" | "player" | "tool" | "camera";
  /** Report what enters, and let it through. @default false */
  trigger: boolean;
  /** What the other side of a contact or a ray is told about it. @default null */
  tag: string | null;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
  /** Does nothing any more. @deprecated */
  transparent: undefined;
  /** Called when something touches it. */
  onContactStart: ((event: ContactEvent) => void) | null;
  /** Called when something stops touching it. */
  onContactEnd: ((event: ContactEvent) => void) | null;
  /** Called when something comes into it. */
  onTriggerEnter: ((event: TriggerEvent) => void) | null;
  /** Called when something goes out of it. */
  onTriggerLeave: ((event: TriggerEvent) => void) | null;
}
interface PrimInit extends NodeInit {
  type?: "box" | "sphere" | "cylinder" | "cone" | "torus" | "plane";
  size?: Array<number> | null;
  color?: string;
  emissive?: string | null;
  emissiveIntensity?: number;
  metalness?: number;
  roughness?: number;
  opacity?: number;
  texture?: string | null;
  castShadow?: boolean;
  receiveShadow?: boolean;
  physics?: "static" | "kinematic" | "dynamic" | null;
  mass?: number;
  linearDamping?: number;
  angularDamping?: number;
  staticFriction?: number;
  dynamicFriction?: number;
  restitution?: number;
  layer?: "environment" | "prop" | "player" | "tool" | "camera";
  trigger?: boolean;
  tag?: string | null;
  doubleside?: boolean;
  onContactStart?: ((event: ContactEvent) => void) | null;
  onContactEnd?: ((event: ContactEvent) => void) | null;
  onTriggerEnter?: ((event: TriggerEvent) => void) | null;
  onTriggerLeave?: ((event: TriggerEvent) => void) | null;
}

/** A body of physics, with the shape of the colliders below it. */
interface RigidBody extends Node {
  /** How it moves: not, by script, by physics. @default "static" */
  type: "static" | "kinematic" | "dynamic";
  /** How heavy it is. At least 0. @default 1 */
  mass: number;
  /** How fast its motion dies down. At least 0. @default 0 */
  linearDamping: number;
  /** How fast its spin dies down. At least 0. @default 0.05 */
  angularDamping: number;
  /** What the other side of a contact or a ray is told about it. @default null */
  tag: string | null;
  /** Called when something touches it. */
  onContactStart: ((event: ContactEvent) => void) | null;
  /** Called when something stops touching it. */
  onContactEnd: ((event: ContactEvent) => void) | null;
  /** Called when something comes into it. */
  onTriggerEnter: ((event: TriggerEvent) => void) | null;
  /** Called when something goes out of it. */
  onTriggerLeave: ((event: TriggerEvent) => void) | null;
  /** Whether it has come to rest. */
  readonly sleeping: boolean;
  /** Pushes it. */
  addForce(force: Vector3, mode?: 'force' | 'impulse' | 'acceleration' | 'velocityChange'): void;
  /** Pushes it at a point of the world. */
  addForceAtPos(force: Vector3, pos: Vector3): void;
  /** Pushes it at a point of its own. */
  addForceAtLocalPos(force: Vector3, pos: Vector3): void;
  /** Turns it. */
  addTorque(torque: Vector3, mode?: 'force' | 'impulse' | 'acceleration' | 'velocityChange'): void;
  /** Where it is in the world. */
  getPosition(vec3?: Vector3): Vector3;
  /** Puts it somewhere in the world. */
  setPosition(vec3: Vector3): void;
  /** How it is turned in the world. */
  getQuaternion(quat?: Quaternion): Quaternion;
  /** Turns it in the world. */
  setQuaternion(quat: Quaternion): void;
  /** How fast it moves. */
  getLinearVelocity(vec3?: Vector3): Vector3;
  /** Says how fast it moves. */
  setLinearVelocity(vec3: Vector3): void;
  /** Writes how fast it spins into what it is given; returns nothing. */
  getAngularVelocity(vec3: Vector3): void;
  /** Says how fast it spins. */
  setAngularVelocity(vec3: Vector3): void;
  /** How fast a point of the world on it moves. */
  getVelocityAtPos(pos: Vector3, vec3: Vector3): Vector3;
  /** How fast a point of its own moves, as it sees it. */
  getLocalVelocityAtLocalPos(pos: Vector3, vec3: Vector3): Vector3;
  /** Moves its centre of mass; the body is built anew. */
  setCenterOfMass(pos: Vector3): void;
  /** Says where a kinematic body goes. */
  setKinematicTarget(position: Vector3, quaternion: Quaternion): void;
}
interface RigidBodyInit extends NodeInit {
  type?: "static" | "kinematic" | "dynamic";
  mass?: number;
  linearDamping?: number;
  angularDamping?: number;
  tag?: string | null;
  onContactStart?: ((event: ContactEvent) => void) | null;
  onContactEnd?: ((event: ContactEvent) => void) | null;
  onTriggerEnter?: ((event: TriggerEvent) => void) | null;
  onTriggerLeave?: ((event: TriggerEvent) => void) | null;
}

/** A mesh with bones, from a model, and the clips it can play. */
interface SkinnedMesh extends Node {
  /** Whether it throws a shadow. @default true */
  castShadow: boolean;
  /** Whether shadows fall on it. @default true */
  receiveShadow: boolean;
  /** The clips it can play. */
  readonly anims: string[];
  /** Plays a clip, fading over 0.15 s and looping unless told otherwise. */
  play(opts: { name: string; fade?: number; speed?: number; loop?: boolean }): void;
  /** Fades the clip out. */
  stop(opts?: { fade?: number }): void;
  /** A bone, live: what is read is where it is now. */
  getBone(name: string): Bone;
  /** Use `getBone(name).matrixWorld` instead. @deprecated use getBone(name).matrixWorld */
  getBoneTransform(name: string): Matrix4 | null;
}
interface SkinnedMeshInit extends NodeInit {
  castShadow?: boolean;
  receiveShadow?: boolean;
}

/** Background, light all around, sun and fog. The last one added counts. */
interface Sky extends Node {
  /** The picture behind everything. @default null */
  bg: string | null;
  /** The light all around. @default null */
  hdr: string | null;
  /** How the surroundings are turned. Unit: rad. @default null */
  rotationY: number | null;
  /** Which way sunlight goes. @default null */
  sunDirection: Vector3 | null;
  /** How strong the sun is. @default null */
  sunIntensity: number | null;
  /** The colour of the sun. @default null */
  sunColor: string | null;
  /** Where fog begins. Unit: m. @default null */
  fogNear: number | null;
  /** Where nothing but fog is seen. Unit: m. @default null */
  fogFar: number | null;
  /** The colour of the fog. @default null */
  fogColor: string | null;
  /** A fragment shader for the sky, at most 8192 characters. @default null */
  shader: string | null;
  /** What the shader is given: numbers, or lists of 2 to 4. @default null */
  shaderUniforms: Record<string, number | number[]> | null;
}
interface SkyInit extends NodeInit {
  bg?: string | null;
  hdr?: string | null;
  rotationY?: number | null;
  sunDirection?: Vector3 | null | [number, number, number];
  sunIntensity?: number | null;
  sunColor?: string | null;
  fogNear?: number | null;
  fogFar?: number | null;
  fogColor?: string | null;
  shader?: string | null;
  shaderUniforms?: Record<string, number | number[]> | null;
}

interface Snap extends Node {
}
interface SnapInit extends NodeInit {
}

/** The root of a flat interface, in the world or on the screen. */
interface UI extends Node {
  /** In the world, or on the screen. @default "world" */
  space: "world" | "screen";
  /** Width of the canvas. Unit: px. @default 100 */
  width: number;
  /** Height of the canvas. Unit: px. @default 100 */
  height: number;
  /** How much of the world a pixel is. @default 0.01 */
  size: number;
  /** How many dots a pixel has. @default 2 */
  res: number;
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** Whether its back is drawn too. @default true */
  doubleside: boolean;
  /** How it turns to the camera. @default "none" */
  billboard: "none" | "full" | "y";
  /** Which point of it is at its position. @default "center" */
  pivot: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  /** Moved by this much on the screen. `create` takes a list, assignment a Vector3. Unit: px. @default [0,0,0] */
  offset: Vector3;
  /** Least and most scale by distance, and the scale to begin with. @default null */
  scaler: [number, number, number?] | null;
  /** Whether the pointer notices it. @default true */
  pointerEvents: boolean;
  /** Whether what is behind shines through. @default true */
  transparent: boolean;
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How thick its border is. Unit: px. @default 0 */
  borderWidth: number;
  /** The colour of its border; `null` for none. @default null */
  borderColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space inside its border: one number, or top, right, bottom, left. @default 0 */
  padding: number | [number, number, number, number];
  /** The axis along which what is in it is placed. @default "column" */
  flexDirection: "column" | "column-reverse" | "row" | "row-reverse";
  /** How what is in it is spread along that axis. @default "flex-start" */
  justifyContent: "flex-start" | "flex-end" | "center" | "space-between" | "space-around" | "space-evenly";
  /** How what is in it is placed across that axis. @default "stretch" */
  alignItems: "stretch" | "flex-start" | "flex-end" | "center" | "baseline";
  /** How lines are placed, if there are several. @default "flex-start" */
  alignContent: "flex-start" | "flex-end" | "stretch" | "center" | "space-between" | "space-around" | "space-evenly";
  /** Whether what does not fit starts a new line. @default "no-wrap" */
  flexWrap: "no-wrap" | "wrap" | "wrap-reverse";
  /** Space between what is in it. Unit: px. @default 0 */
  gap: number;
}
interface UIInit extends NodeInit {
  space?: "world" | "screen";
  width?: number;
  height?: number;
  size?: number;
  res?: number;
  lit?: boolean;
  doubleside?: boolean;
  billboard?: "none" | "full" | "y";
  pivot?: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  offset?: Vector3 | [number, number, number];
  scaler?: [number, number, number?] | null;
  pointerEvents?: boolean;
  transparent?: boolean;
  backgroundColor?: string | null;
  borderWidth?: number;
  borderColor?: string | null;
  borderRadius?: number;
  padding?: number | [number, number, number, number];
  flexDirection?: "column" | "column-reverse" | "row" | "row-reverse";
  justifyContent?: "flex-start" | "flex-end" | "center" | "space-between" | "space-around" | "space-evenly";
  alignItems?: "stretch" | "flex-start" | "flex-end" | "center" | "baseline";
  alignContent?: "flex-start" | "flex-end" | "stretch" | "center" | "space-between" | "space-around" | "space-evenly";
  flexWrap?: "no-wrap" | "wrap" | "wrap-reverse";
  gap?: number;
}

/** A picture in an interface. */
interface UIImage extends Node {
  /** Whether it takes part in the layout. @default "flex" */
  display: "flex" | "none";
  /** Placed by its edges, outside the layout. @default false */
  absolute: boolean;
  /** Distance from the top of its parent. Unit: px. @default null */
  top: number | null;
  /** Distance from the right of its parent. Unit: px. @default null */
  right: number | null;
  /** Distance from the bottom of its parent. Unit: px. @default null */
  bottom: number | null;
  /** Distance from the left of its parent. Unit: px. @default null */
  left: number | null;
  /** The picture to show. @default null */
  src: string | null;
  /** Width; `null` follows from the picture. Unit: px. @default null */
  width: number | null;
  /** Height; `null` follows from the picture. Unit: px. @default null */
  height: number | null;
  /** How the picture is fitted into its box. @default "contain" */
  objectFit: "contain" | "cover" | "fill";
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space outside its border: one number, or top, right, bottom, left. @default 0 */
  margin: number | [number, number, number, number];
}
interface UIImageInit extends NodeInit {
  display?: "flex" | "none";
  absolute?: boolean;
  top?: number | null;
  right?: number | null;
  bottom?: number | null;
  left?: number | null;
  src?: string | null;
  width?: number | null;
  height?: number | null;
  objectFit?: "contain" | "cover" | "fill";
  backgroundColor?: string | null;
  borderRadius?: number;
  margin?: number | [number, number, number, number];
}

/** A field to type into. */
interface UIInput extends Node {
  /** What is written in it. @default "" */
  value: string;
  /** What is shown while it is empty. @default "" */
  placeholder: string;
  /** Width. Unit: px. @default 200 */
  width: number;
  /** Height. Unit: px. @default 32 */
  height: number;
  /** How many pixels a metre has. @default 100 */
  factor: number;
  /** Size of the letters. Unit: px. @default 14 */
  fontSize: number;
  /** Colour of the letters. @default "#000000" */
  color: string;
  /** The colour behind the text. @default "#ffffff" */
  backgroundColor: string;
  /** How thick its border is. Unit: px. @default 1 */
  borderWidth: number;
  /** The colour of its border. @default "#cccccc" */
  borderColor: string;
  /** How round its corners are. Unit: px. @default 4 */
  borderRadius: number;
  /** Space inside its border. Unit: px. @default 8 */
  padding: number;
  /** Whether it refuses input. @default false */
  disabled: boolean;
  /** The kind of HTML input. @default "text" */
  type: string;
  /** Called when typing goes to it. */
  onFocus: ((value: string) => void) | null;
  /** Called when typing leaves it. */
  onBlur: ((value: string) => void) | null;
  /** Called when its text changes. */
  onChange: ((value: string) => void) | null;
  /** Called on Enter. */
  onSubmit: ((value: string) => void) | null;
  /** Lets typing go to it. */
  focus(): void;
  /** Lets typing leave it. */
  blur(): void;
}
interface UIInputInit extends NodeInit {
  value?: string;
  placeholder?: string;
  width?: number;
  height?: number;
  factor?: number;
  fontSize?: number;
  color?: string;
  backgroundColor?: string;
  borderWidth?: number;
  borderColor?: string;
  borderRadius?: number;
  padding?: number;
  disabled?: boolean;
  type?: string;
  onFocus?: ((value: string) => void) | null;
  onBlur?: ((value: string) => void) | null;
  onChange?: ((value: string) => void) | null;
  onSubmit?: ((value: string) => void) | null;
}

/** Text in an interface. */
interface UIText extends Node {
  /** Whether it takes part in the layout. @default "flex" */
  display: "flex" | "none";
  /** Placed by its edges, outside the layout. @default false */
  absolute: boolean;
  /** Distance from the top of its parent. Unit: px. @default null */
  top: number | null;
  /** Distance from the right of its parent. Unit: px. @default null */
  right: number | null;
  /** Distance from the bottom of its parent. Unit: px. @default null */
  bottom: number | null;
  /** Distance from the left of its parent. Unit: px. @default null */
  left: number | null;
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space outside its border: one number, or top, right, bottom, left. @default 0 */
  margin: number | [number, number, number, number];
  /** Space inside its border: one number, or top, right, bottom, left. @default 0 */
  padding: number | [number, number, number, number];
  /** What it says. @default "" */
  value: string;
  /** Size of the letters. Unit: px. @default 16 */
  fontSize: number;
  /** Colour of the letters. @default "#000000" */
  color: string;
  /** Height of a line, in letter sizes. @default 1.2 */
  lineHeight: number;
  /** Where lines begin. @default "left" */
  textAlign: "left" | "center" | "right";
  /** The typeface. @default "Space Mono" */
  fontFamily: string;
  /** How bold it is, as in CSS. @default "normal" */
  fontWeight: string | number;
  /** Its length before room is shared: a number, or `auto`. @default "auto" */
  flexBasis: number | 'auto';
  /** Its share of room that is left. @default 0 */
  flexGrow: number;
  /** How much it gives way when room is short. @default 1 */
  flexShrink: number;
}
interface UITextInit extends NodeInit {
  display?: "flex" | "none";
  absolute?: boolean;
  top?: number | null;
  right?: number | null;
  bottom?: number | null;
  left?: number | null;
  backgroundColor?: string | null;
  borderRadius?: number;
  margin?: number | [number, number, number, number];
  padding?: number | [number, number, number, number];
  value?: string;
  fontSize?: number;
  color?: string;
  lineHeight?: number;
  textAlign?: "left" | "center" | "right";
  fontFamily?: string;
  fontWeight?: string | number;
  flexBasis?: number | 'auto';
  flexGrow?: number;
  flexShrink?: number;
}

/** A box in an interface, laid out as in CSS flexbox. */
interface UIView extends Node {
  /** Whether it takes part in the layout. @default "flex" */
  display: "flex" | "none";
  /** Width; `null` for what it needs. Unit: px. @default null */
  width: number | null;
  /** Height; `null` for what it needs. Unit: px. @default null */
  height: number | null;
  /** Placed by its edges, outside the layout. @default false */
  absolute: boolean;
  /** Distance from the top of its parent. Unit: px. @default null */
  top: number | null;
  /** Distance from the right of its parent. Unit: px. @default null */
  right: number | null;
  /** Distance from the bottom of its parent. Unit: px. @default null */
  bottom: number | null;
  /** Distance from the left of its parent. Unit: px. @default null */
  left: number | null;
  /** The colour behind it; `null` for none. @default null */
  backgroundColor: string | null;
  /** How thick its border is. Unit: px. @default 0 */
  borderWidth: number;
  /** The colour of its border; `null` for none. @default null */
  borderColor: string | null;
  /** How round its corners are. Unit: px. @default 0 */
  borderRadius: number;
  /** Space outside its border: one number, or top, right, bottom, left. @default 0 */
  margin: number | [number, number, number, number];
  /** Space inside its border: one number, or top, right, bottom, left. @default 0 */
  padding: number | [number, number, number, number];
  /** The axis along which what is in it is placed. @default "column" */
  flexDirection: "column" | "column-reverse" | "row" | "row-reverse";
  /** How what is in it is spread along that axis. @default "flex-start" */
  justifyContent: "flex-start" | "flex-end" | "center" | "space-between" | "space-around" | "space-evenly";
  /** How what is in it is placed across that axis. @default "stretch" */
  alignItems: "stretch" | "flex-start" | "flex-end" | "center" | "baseline";
  /** How lines are placed, if there are several. @default "flex-start" */
  alignContent: "flex-start" | "flex-end" | "stretch" | "center" | "space-between" | "space-around" | "space-evenly";
  /** Whether what does not fit starts a new line. @default "no-wrap" */
  flexWrap: "no-wrap" | "wrap" | "wrap-reverse";
  /** Space between what is in it. Unit: px. @default 0 */
  gap: number;
  /** Its length before room is shared: a number, or `auto`. @default "auto" */
  flexBasis: number | 'auto';
  /** Its share of room that is left. @default 0 */
  flexGrow: number;
  /** How much it gives way when room is short. @default 1 */
  flexShrink: number;
}
interface UIViewInit extends NodeInit {
  display?: "flex" | "none";
  width?: number | null;
  height?: number | null;
  absolute?: boolean;
  top?: number | null;
  right?: number | null;
  bottom?: number | null;
  left?: number | null;
  backgroundColor?: string | null;
  borderWidth?: number;
  borderColor?: string | null;
  borderRadius?: number;
  margin?: number | [number, number, number, number];
  padding?: number | [number, number, number, number];
  flexDirection?: "column" | "column-reverse" | "row" | "row-reverse";
  justifyContent?: "flex-start" | "flex-end" | "center" | "space-between" | "space-around" | "space-evenly";
  alignItems?: "stretch" | "flex-start" | "flex-end" | "center" | "baseline";
  alignContent?: "flex-start" | "flex-end" | "stretch" | "center" | "space-between" | "space-around" | "space-evenly";
  flexWrap?: "no-wrap" | "wrap" | "wrap-reverse";
  gap?: number;
  flexBasis?: number | 'auto';
  flexGrow?: number;
  flexShrink?: number;
}

/** A film or a stream on a surface. */
interface Video extends Node {
  /** Show the shared screen of this id, not `src`. @default null */
  screenId: string | null;
  /** The film or stream to show. @default null */
  src: string | null;
  /** Play in step with others: `true` for those of the same source, or a key to share. @default false */
  linked: boolean | string;
  /** Start over at the end. @default false */
  loop: boolean;
  /** Whether the picture shows; it is heard all the same. @default true */
  visible: boolean;
  /** The colour of the surface until there is a picture. @default "black" */
  color: string | null;
  /** Whether light falls on it. @default false */
  lit: boolean;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
  /** Whether it throws a shadow. @default false */
  castShadow: boolean;
  /** Whether shadows fall on it. @default false */
  receiveShadow: boolean;
  /** Width by height, until the film says, and on a geometry of one's own. @default 1.7777777777777777 */
  aspect: number;
  /** How the picture is fitted into its surface. @default "contain" */
  fit: "none" | "cover" | "contain";
  /** Width of the surface; `null` follows from the height. Unit: m. @default null */
  width: number | null;
  /** Height of the surface; `null` follows from the width. Unit: m. @default 1 */
  height: number | null;
  /** Which point of it is at its position. @default "center" */
  pivot: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  /** How loud it is; 1 leaves the sound as it is. @default 1 */
  volume: number;
  /** The slider of the user's mixer its sound belongs to. @default "music" */
  group: "music" | "sfx";
  /** Heard from where it stands; otherwise the same everywhere. @default true */
  spatial: boolean;
  /** The curve by which it gets quieter with distance. @default "inverse" */
  distanceModel: "linear" | "inverse" | "exponential";
  /** From this distance on it gets quieter. Unit: m. @default 1 */
  refDistance: number;
  /** From this distance on it gets no quieter. Unit: m. @default 40 */
  maxDistance: number;
  /** How fast it gets quieter with distance. @default 3 */
  rolloffFactor: number;
  /** The angle within which it is heard in full. Unit: deg. @default 360 */
  coneInnerAngle: number;
  /** The angle outside which it is as loud as `coneOuterGain`. Unit: deg. @default 360 */
  coneOuterAngle: number;
  /** How loud it is outside the outer cone. @default 0 */
  coneOuterGain: number;
  /** A geometry taken from another node; it can only be handed on. */
  geometry: Geometry | null;
  /** Whether the source is still loading. */
  readonly loading: boolean;
  /** How long the film is. */
  readonly duration: number;
  /** Whether it plays now. */
  readonly playing: boolean;
  /** Another name of `playing`. */
  readonly isPlaying: boolean;
  /** Where playing is. */
  time: number;
  /** Another name of `time`. */
  currentTime: number;
  /** Where the texture sits, to change in place. */
  readonly material: { textureX: number; textureY: number };
  /** Called when it can play. */
  onLoad: (() => void) | null;
  /** Plays; with `true` from the beginning even if it plays already. */
  play(restartIfPlaying?: boolean): void;
  /** Stops where it is. */
  pause(): void;
  /** Stops and goes back to the beginning. */
  stop(): void;
}
interface VideoInit extends NodeInit {
  screenId?: string | null;
  src?: string | null;
  linked?: boolean | string;
  loop?: boolean;
  visible?: boolean;
  color?: string | null;
  lit?: boolean;
  doubleside?: boolean;
  castShadow?: boolean;
  receiveShadow?: boolean;
  aspect?: number;
  fit?: "none" | "cover" | "contain";
  width?: number | null;
  height?: number | null;
  pivot?: "top-left" | "top-center" | "top-right" | "center-left" | "center" | "center-right" | "bottom-left" | "bottom-center" | "bottom-right";
  volume?: number;
  group?: "music" | "sfx";
  spatial?: boolean;
  distanceModel?: "linear" | "inverse" | "exponential";
  refDistance?: number;
  maxDistance?: number;
  rolloffFactor?: number;
  coneInnerAngle?: number;
  coneOuterAngle?: number;
  coneOuterGain?: number;
  geometry?: Geometry | null;
}

/** A plane of moving water; only clients see it. */
interface Water extends Node {
  /** Width of the plane. Unit: m. At least 0. @default 10 */
  width: number;
  /** Length of the plane. Unit: m. At least 0. @default 10 */
  height: number;
  /** The colour of the water. @default "#001e0f" */
  color: string;
  /** The colour of the glints. @default "#ffffff" */
  sunColor: string;
  /** Where the sun is. @default [0,0,0] */
  sunDirection: [number, number, number];
  /** How strong the ripples are. At least 0. @default 2 */
  distortionScale: number;
  /** How fast they move. @default 0.1 */
  speed: number;
  /** How solid it is. From 0 to 1. @default 1 */
  alpha: number;
  /** Size of the picture it reflects into. At least 0. @default 256 */
  textureSize: number;
  /** The picture its waves are made from. @default null */
  normals: string | null;
  /** How much it reflects. From 0 to 1. @default 0.3 */
  reflectivity: number;
}
interface WaterInit extends NodeInit {
  width?: number;
  height?: number;
  color?: string;
  sunColor?: string;
  sunDirection?: [number, number, number];
  distortionScale?: number;
  speed?: number;
  alpha?: number;
  textureSize?: number;
  normals?: string | null;
  reflectivity?: number;
}

/** A web page in the world or on the screen. */
interface WebView extends Node {
  /** The page to show. @default null */
  src: string | null;
  /** The page itself, in place of `src`. @default null */
  html: string | null;
  /** Another name of `html`. @default null */
  srcdoc: string | null;
  /** Width; pixels on the screen, metres in the world. @default 1 */
  width: number;
  /** Height; pixels on the screen, metres in the world. @default 1 */
  height: number;
  /** How many pixels a metre has. @default 100 */
  factor: number;
  /** Whether its back is drawn too. @default false */
  doubleside: boolean;
  /** In the world, or on the screen. @default "world" */
  space: "world" | "screen";
  /** Whether the pointer notices it. @default true */
  pointerEvents: boolean;
}
interface WebViewInit extends NodeInit {
  src?: string | null;
  html?: string | null;
  srcdoc?: string | null;
  width?: number;
  height?: number;
  factor?: number;
  doubleside?: boolean;
  space?: "world" | "screen";
  pointerEvents?: boolean;
}

/** Every node type. */
interface NodeTypes {
  action: Action;
  anchor: Anchor;
  audio: Audio;
  avatar: Avatar;
  collider: Collider;
  controller: Controller;
  group: Group;
  image: Image;
  joint: Joint;
  lod: LOD;
  mesh: Mesh;
  mirror: Mirror;
  nametag: Nametag;
  particles: Particles;
  prim: Prim;
  rigidbody: RigidBody;
  skinnedmesh: SkinnedMesh;
  sky: Sky;
  snap: Snap;
  ui: UI;
  uiimage: UIImage;
  uiinput: UIInput;
  uitext: UIText;
  uiview: UIView;
  video: Video;
  water: Water;
  webview: WebView;
}

/** What `app.create` takes for each. */
interface InitTypes {
  action: ActionInit;
  anchor: AnchorInit;
  audio: AudioInit;
  avatar: AvatarInit;
  collider: ColliderInit;
  controller: ControllerInit;
  group: GroupInit;
  image: ImageInit;
  joint: JointInit;
  lod: LODInit;
  mesh: MeshInit;
  mirror: MirrorInit;
  nametag: NametagInit;
  particles: ParticlesInit;
  prim: PrimInit;
  rigidbody: RigidBodyInit;
  skinnedmesh: SkinnedMeshInit;
  sky: SkyInit;
  snap: SnapInit;
  ui: UIInit;
  uiimage: UIImageInit;
  uiinput: UIInputInit;
  uitext: UITextInit;
  uiview: UIViewInit;
  video: VideoInit;
  water: WaterInit;
  webview: WebViewInit;
}

/** What the pointer did. */
interface PointerEvent {
  /** Which of them. */
  type: 'pointerenter' | 'pointerleave' | 'pointerdown' | 'pointerup';
  /** Tells nobody above. */
  stopPropagation(): void;
}

/** What touched. */
interface ContactEvent {
  /** Its tag. */
  tag: string | null;
  /** The player, if it is one. */
  playerId: string | null;
  /** Where, when it begins. */
  contacts?: { position: Vector3; normal: Vector3; impulse: Vector3 }[];
}

/** What came in or went out. */
interface TriggerEvent {
  /** Its tag. */
  tag: string | null;
  /** The player, if it is one. */
  playerId: string | null;
  /** Whether it is the player of this client. */
  isLocalPlayer: boolean;
}

/** What a ray met. */
interface RaycastHit {
  /** Where. */
  point: Vector3;
  /** Which way the surface faces. */
  normal: Vector3;
  /** How far away. */
  distance: number;
  /** Its tag. */
  tag: string | null;
  /** The player, if it is one. */
  playerId: string | null;
}

/** What a surface looks like. */
interface Material {
  /** Which one it is. */
  readonly id: string;
  /** How far the texture is moved across. */
  textureX: number;
  /** How far the texture is moved up. */
  textureY: number;
  /** Its colour: set a text, get a colour. */
  color: any;
  /** How strongly it glows. */
  emissiveIntensity: number;
  /** Whether fog covers it. */
  fog: boolean;
}

/** The answer to a fetch. */
interface Response {
  /** Whether it went well. */
  readonly ok: boolean;
  /** The number of HTTP. */
  readonly status: number;
  /** The same in words. */
  readonly statusText: string;
  /** Its headers. */
  readonly headers: object;
  /** Its body, as JSON. */
  json(): Promise<any>;
  /** Its body, as text. */
  text(): Promise<string>;
  /** Its body, as a blob. */
  blob(): Promise<any>;
  /** Its body, as bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A bone, live. */
interface Bone {
  /** Where it is. */
  position: Vector3;
  /** How it is turned. */
  quaternion: Quaternion;
  /** The same as angles. */
  rotation: Euler;
  /** How large it is. */
  scale: Vector3;
  /** Where it is in the world; can be set. */
  matrixWorld: Matrix4;
}

/** Something in the world, made of components. */
interface Entity {
  /** Its id; of one just spawned, only from the next tick. */
  readonly id: string;
  /** The prefab it was made from, and what that is composed of. */
  readonly lineage: { prefab: string; version: number; parents: string[] } | null;
  /** Whether it has the component. */
  has(component: keyof ComponentTypes): boolean;
  /** Its component: reads are of the beginning of the tick and what this script wrote, assigning a field writes it. */
  get<K extends keyof ComponentTypes>(component: K): ComponentTypes[K] | null;
  /** Gives it the component, or writes into the one it has. */
  add<K extends keyof ComponentTypes>(component: K, values?: Partial<ComponentTypes[K]>): ComponentTypes[K];
  /** Takes the component away. */
  remove(component: keyof ComponentTypes): void;
}

/** What `world.on` calls back with, for events that are always there. */
interface WorldEvents {
  /** Somebody came. */
  enter(event: { playerId: string }): void;
  /** Somebody left. */
  leave(event: { playerId: string }): void;
  /** Something was said. */
  chat(message: any): void;
  /** A command was typed; on the server it is `playerId` and `args` alone. */
  command(event: { playerId: string; cmd?: string; value?: any; args: any[] }): void;
  /** Somebody's health changed. */
  health(event: { playerId: string; health: number }): void;
}

/** The world. */
interface World {
  /** Calls back on events of the world and of other apps. */
  on<E extends string>(event: OwnEvent<E, WorldEvents>, callback: (...args: any[]) => void): void;
  on<K extends keyof WorldEvents>(event: K, callback: WorldEvents[K]): void;
  /** Who this side is: 0 on the server, the user's id on a client. */
  readonly networkId: string;
  /** Whether this runs on the server. */
  readonly isServer: boolean;
  /** Whether this runs on a client. */
  readonly isClient: boolean;
  /** Puts a node into the world, outside the app. */
  add(node: Node): void;
  /** Takes a node of this app out of the world. */
  remove(node: Node): void;
  /** Moves a node from the app into the world; it stays where it is. */
  attach(node: Node): void;
  /** Stops calling back. */
  off(event: string, callback: (...args: any[]) => void): void;
  /** Use `app.emit` instead. @deprecated use app.emit */
  emit(event: string, data?: any): void;
  /** The server's clock, in seconds. */
  getTime(): number;
  /** The time as text: ISO, or by a format of moment. */
  getTimestamp(format?: string): string;
  /** Says something in the chat. */
  chat(msg: any, broadcast?: boolean): void;
  /** A player by id; without one, the player of this client. */
  getPlayer(playerId?: string): Player | null;
  /** Everybody who is here. */
  getPlayers(): Player[];
  /** A mask of layers, for `raycast`. Another word throws. */
  createLayerMask(...groups: ('camera' | 'player' | 'environment' | 'prop' | 'tool')[]): number;
  /** The first body a ray meets. The answer is overwritten by the next call. */
  raycast(origin: Vector3, direction: Vector3, maxDistance?: number, layerMask?: number): RaycastHit | null;
  /** All bodies that reach into a sphere. */
  overlapSphere(radius: number, origin: Vector3, layerMask?: number): { tag: string | null; playerId: string | null }[];
  /** What the world keeps under a key. */
  get(key: string): any;
  /** Keeps a copy of something under a key, over restarts. */
  set(key: string, value: any): void;
  /** Goes to a page (clients only). */
  open(url: string, newWindow?: boolean): void;
  /** Loads a model or a character. If the app is rebuilt meanwhile, nothing ever comes of it. */
  load(type: 'avatar' | 'model', url: string): Promise<Node>;
  /** A parameter of the page's address (clients only). */
  getQueryParam(key: string): string | null;
  /** Sets or removes a parameter of the page's address (clients only). */
  setQueryParam(key: string, value: string | null): void;
  /** Draws another crosshair, in layers: line, circle, dot, rect, arc. */
  setReticle(options: object | null): void;
  /** The entity of that id, of an app or spawned. */
  entity(id: string): Entity | null;
  /** All entities that have all of these components. */
  query(...components: (keyof ComponentTypes)[]): Entity[];
  /** Makes an entity from a prefab. All see it once the tick is over, and it stays when the script ends. */
  spawn(prefab: string, overrides?: { [K in keyof ComponentTypes]?: Partial<ComponentTypes[K]> }): Entity;
  /** Takes a spawned entity out of the world. */
  despawn(entity: Entity | string): void;
  /** The definition of a component, read-only. */
  schema(component: keyof ComponentTypes): any;
}

/** What `app.on` calls back with, for events that are always there. */
interface AppEvents {
  /** Each step of physics, 50 a second. */
  fixedUpdate(delta: number): void;
  /** Each frame. */
  update(delta: number): void;
  /** Each frame when near; 30 a second beyond 30 m, 20 beyond 80 m. */
  animate(delta: number): void;
  /** Each frame, after all updates. */
  lateUpdate(delta: number): void;
  /** Before it goes or is rebuilt. */
  destroy(): void;
}

/** An app: the script's own. */
interface App extends Node {
  /** Calls back on its frames, its end, and what the other side sends. */
  on<E extends string>(event: OwnEvent<E, AppEvents>, callback: (...args: any[]) => void): void;
  on<K extends keyof AppEvents>(event: K, callback: AppEvents[K]): void;
  /** The id of the entity this is. */
  readonly instanceId: string;
  /** The version of its blueprint. */
  readonly version: number;
  /** The model of its blueprint. */
  readonly modelUrl: string;
  /** What all sides share; a client that joins gets it. Values, lists, objects, `Map`, `Set` and arrays of numbers outlive a reload; a function does not, and the log says so. */
  state: any;
  /** What was set for this app, and for this one of its entities. */
  readonly props: Props;
  /** Use `props` instead. @deprecated use props */
  readonly config: Props;
  /** Whether the script stops while somebody moves the app. */
  resetOnMove: boolean;
  /** Whether somebody moves it now. */
  readonly isMoving: boolean;
  /** Stops calling back. */
  off(event: string, callback: (...args: any[]) => void): void;
  /** Tells the same app on the other side: the server all clients, a client the server. */
  send(event: string, data?: any, ignoreNetworkId?: string): void;
  /** Tells the same app at one player; throws but on the server. */
  sendTo(playerId: string, event: string, data?: any): void;
  /** Tells the other apps on this side. */
  emit(event: string, data?: any): void;
  /** Makes a node. It shows once it is added to something. */
  create<K extends keyof NodeTypes>(nodeType: K, data?: InitTypes[K]): NodeTypes[K];
  /** Takes over the input (clients only), in place of what this app had. */
  control(options?: object): Control;
  /** Says what can be set in the editor. First values go into the blueprint. */
  configure(fields: ConfigureField[] | (() => ConfigureField[])): void;
  /** The entity this is, with its components. */
  readonly entity: Entity;
}

/** Somebody in the world. */
interface Player {
  /** The same as `id`. */
  readonly networkId: string;
  /** Who it is. */
  readonly id: string;
  /** Use `id` instead. @deprecated use id */
  readonly userId: string;
  /** Whether it is the player of this client. */
  readonly local: boolean;
  /** Whether it has the rank of an admin. */
  readonly admin: boolean;
  /** Whether it has the rank of a builder, or more. */
  readonly builder: boolean;
  /** Use `admin` instead. @deprecated use admin */
  readonly isAdmin: boolean;
  /** What it is called. */
  readonly name: string;
  /** From 0 to 100. */
  readonly health: number;
  /** Where it is; a copy. */
  readonly position: Vector3;
  /** How it is turned; a copy. */
  readonly rotation: Euler;
  /** How it is turned; a copy. */
  readonly quaternion: Quaternion;
  /** How tall its character is. */
  readonly height: number | undefined;
  /** How much is above the head bone of its character. */
  readonly headToHeight: number | undefined;
  /** Whether it has left. */
  readonly destroyed: boolean;
  /** Puts it somewhere at once. */
  teleport(position: Vector3, rotationY?: number): void;
  /** Where a bone of its character is. */
  getBoneTransform(boneName: string): Matrix4 | null;
  /** Gives it a character to keep; on the server, or for the player of this client. */
  setAvatar(url: string | null): void;
  /** Gives it a character until it leaves. */
  setSessionAvatar(url: string | null): void;
  /** Takes health, down to 0. */
  damage(amount: number): void;
  /** Gives health, up to 100; all of it unless told how much. */
  heal(amount?: number): void;
  /** Whether an effect is on it. */
  hasEffect(): boolean;
  /** Puts an effect on how it moves or looks. */
  applyEffect(effect: { anchor?: Node; emote?: string; snare?: number; freeze?: boolean; turn?: boolean; duration?: number; cancellable?: boolean; onEnd?: () => void }): { active: boolean; cancel(): void };
  /** Ends the effect this app put on it. */
  cancelEffect(): void;
  /** Gives it a shove, in the world. */
  push(force: Vector3): void;
  /** Makes it see through its own eyes (the player of this client). */
  firstPerson(value?: boolean): void;
  /** Shares its screen with the video nodes of this id (the player of this client). */
  screenshare(screenId: string): void;
  /** Says how its voice is heard (server only). */
  setVoiceLevel(level: 'disabled' | 'spatial' | 'global' | null): void;
}

/** A key, or a button. */
interface ControlButton {
  /** Whether it is held. */
  readonly down: boolean;
  /** Whether it went down this frame. */
  readonly pressed: boolean;
  /** Whether it came up this frame. */
  readonly released: boolean;
  /** How far a trigger is pulled. */
  readonly value: number;
  /** Keep it from whoever comes after. */
  capture: boolean;
  /** Called when it goes down; `true` keeps it from others. */
  onPress: (() => boolean | void) | null;
  /** Called when it comes up. */
  onRelease: (() => void) | null;
}

/** A stick. */
interface ControlVector {
  /** Where the stick is. */
  readonly value: Vector3;
  /** Keep it from whoever comes after. */
  capture: boolean;
}

/** A hand, or what it points along. */
interface ControlPose {
  /** Where it is. */
  readonly position: Vector3;
  /** How it is turned. */
  readonly quaternion: Quaternion;
}

/** The wheel. */
interface ControlScroll {
  /** How far the wheel turned this frame. */
  readonly value: number;
  /** Keep it from whoever comes after. */
  capture: boolean;
}

/** The pointer. */
interface ControlPointer {
  /** Where it is, from 0 to 1. */
  readonly coords: Vector3;
  /** Where it is, in pixels. */
  readonly position: Vector3;
  /** How far it went this frame. */
  readonly delta: Vector3;
  /** Whether it is held in place. */
  readonly locked: boolean;
  /** Holds it in place. */
  lock(): void;
  /** Lets it go. */
  unlock(): void;
}

/** The screen. */
interface ControlScreen {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** The camera. */
interface ControlCamera {
  /** Where it is. */
  readonly position: Vector3;
  /** How it is turned. */
  readonly quaternion: Quaternion;
  /** The same as angles. */
  readonly rotation: Euler;
  /** How far behind the player it is. */
  zoom: number;
  /** Whether the script moves it. */
  write: boolean;
}

/** The input, taken over. */
interface Control {
  /** Hides the crosshair, or shows it again. */
  hideReticle(value?: boolean): void;
  /** Shows what can be done now. */
  setActions(actions: any[] | null): void;
  /** Gives the input back. */
  release(): void;
  readonly keyA: ControlButton;
  readonly keyB: ControlButton;
  readonly keyC: ControlButton;
  readonly keyD: ControlButton;
  readonly keyE: ControlButton;
  readonly keyF: ControlButton;
  readonly keyG: ControlButton;
  readonly keyH: ControlButton;
  readonly keyI: ControlButton;
  readonly keyJ: ControlButton;
  readonly keyK: ControlButton;
  readonly keyL: ControlButton;
  readonly keyM: ControlButton;
  readonly keyN: ControlButton;
  readonly keyO: ControlButton;
  readonly keyP: ControlButton;
  readonly keyQ: ControlButton;
  readonly keyR: ControlButton;
  readonly keyS: ControlButton;
  readonly keyT: ControlButton;
  readonly keyU: ControlButton;
  readonly keyV: ControlButton;
  readonly keyW: ControlButton;
  readonly keyX: ControlButton;
  readonly keyY: ControlButton;
  readonly keyZ: ControlButton;
  readonly digit0: ControlButton;
  readonly digit1: ControlButton;
  readonly digit2: ControlButton;
  readonly digit3: ControlButton;
  readonly digit4: ControlButton;
  readonly digit5: ControlButton;
  readonly digit6: ControlButton;
  readonly digit7: ControlButton;
  readonly digit8: ControlButton;
  readonly digit9: ControlButton;
  readonly minus: ControlButton;
  readonly equal: ControlButton;
  readonly bracketLeft: ControlButton;
  readonly bracketRight: ControlButton;
  readonly backslash: ControlButton;
  readonly semicolon: ControlButton;
  readonly quote: ControlButton;
  readonly backquote: ControlButton;
  readonly comma: ControlButton;
  readonly period: ControlButton;
  readonly slash: ControlButton;
  readonly arrowUp: ControlButton;
  readonly arrowDown: ControlButton;
  readonly arrowLeft: ControlButton;
  readonly arrowRight: ControlButton;
  readonly home: ControlButton;
  readonly end: ControlButton;
  readonly pageUp: ControlButton;
  readonly pageDown: ControlButton;
  readonly tab: ControlButton;
  readonly capsLock: ControlButton;
  readonly shiftLeft: ControlButton;
  readonly shiftRight: ControlButton;
  readonly controlLeft: ControlButton;
  readonly controlRight: ControlButton;
  readonly altLeft: ControlButton;
  readonly altRight: ControlButton;
  readonly enter: ControlButton;
  readonly space: ControlButton;
  readonly backspace: ControlButton;
  readonly delete: ControlButton;
  readonly escape: ControlButton;
  readonly mouseLeft: ControlButton;
  readonly mouseRight: ControlButton;
  readonly metaLeft: ControlButton;
  readonly xrLeftTrigger: ControlButton;
  readonly xrLeftGrip: ControlButton;
  readonly xrLeftBtn1: ControlButton;
  readonly xrLeftBtn2: ControlButton;
  readonly xrRightTrigger: ControlButton;
  readonly xrRightGrip: ControlButton;
  readonly xrRightBtn1: ControlButton;
  readonly xrRightBtn2: ControlButton;
  readonly touchA: ControlButton;
  readonly touchB: ControlButton;
  readonly touchStick: ControlVector;
  readonly xrLeftStick: ControlVector;
  readonly xrRightStick: ControlVector;
  readonly xrLeftRayPose: ControlPose;
  readonly xrLeftGripPose: ControlPose;
  readonly xrRightRayPose: ControlPose;
  readonly xrRightGripPose: ControlPose;
  readonly scrollDelta: ControlScroll;
  readonly pointer: ControlPointer;
  readonly screen: ControlScreen;
  readonly camera: ControlCamera;
}

/** What all fields of `app.configure` can say. */
interface ConfigureCommon {
  /** The name it has in `props`; of sections and buttons any that is free. */
  key?: string;
  /** What it is called. */
  label?: string;
  /** What is said about it. */
  hint?: string;
  /** What it is at first; written into the blueprint. */
  initial?: any;
  /** Leave it out. */
  hidden?: boolean;
  /** Show it only while all of these hold. */
  when?: { op: 'eq'; key: string; value: any }[];
}

/** A field of `app.configure`. */
type ConfigureField = ConfigureCommon & (
  /** A line of text. */
  | { type: "text"; placeholder?: string }
  /** Several lines of text. */
  | { type: "textarea" }
  /** A number, up and down by steps. */
  | { type: "number"; dp?: number; min?: number; max?: number; step?: number; bigStep?: number }
  /** A slider. */
  | { type: "range"; min?: number; max?: number; step?: number }
  /** On or off. */
  | { type: "toggle"; trueLabel?: string; falseLabel?: string }
  /** One of some options. */
  | { type: "switch"; options?: { label: string; value: any }[] }
  /** Use `switch` instead. @deprecated use switch */
  | { type: "dropdown"; options?: { label: string; value: any }[] }
  /** A file to upload. */
  | { type: "file"; kind?: "avatar" | "emote" | "model" | "texture" | "image" | "video" | "hdr" | "audio" }
  /** A file: a character. */
  | { type: "avatar" }
  /** A file: an animation. */
  | { type: "emote" }
  /** A file: a model. */
  | { type: "model" }
  /** A file: a texture. */
  | { type: "texture" }
  /** A file: a picture. */
  | { type: "image" }
  /** A file: a film. */
  | { type: "video" }
  /** A file: light all around. */
  | { type: "hdr" }
  /** A file: a sound. */
  | { type: "audio" }
  /** A curve to bend, as `t,v,in,out|…`. */
  | { type: "curve"; yMin?: number; yMax?: number }
  /** A colour, in hex. */
  | { type: "color" }
  /** Something to press. */
  | { type: "button"; onClick?: () => void }
  /** A heading. */
  | { type: "section" }
);

/** Three numbers and the sums one does with them. */
declare class Vector3 {
  constructor(x?: number, y?: number, z?: number);
  add(v: Vector3Like): this;
  addScalar(s: number): this;
  addScaledVector(v: Vector3Like, s: number): this;
  addVectors(a: Vector3Like, b: Vector3Like): this;
  angleTo(v: Vector3Like): number;
  applyAxisAngle(axis: Vector3Like, angle: number): this;
  applyEuler(euler: any): this;
  applyMatrix3(m: any): this;
  applyMatrix4(m: any): this;
  applyNormalMatrix(m: any): this;
  applyQuaternion(q: any): this;
  ceil(): this;
  clamp(min: any, max: any): this;
  clampLength(min: any, max: any): this;
  clampScalar(minVal: number, maxVal: number): this;
  clone(): Vector3;
  copy(v: Vector3Like): this;
  cross(v: Vector3Like): this;
  crossVectors(a: Vector3Like, b: Vector3Like): this;
  distanceTo(v: Vector3Like): number;
  distanceToSquared(v: Vector3Like): number;
  divide(v: Vector3Like): this;
  divideScalar(scalar: number): this;
  dot(v: Vector3Like): number;
  equals(v: Vector3Like): boolean;
  floor(): this;
  fromArray(array: any, offset?: number): this;
  fromBufferAttribute(attribute: any, index: number): this;
  getComponent(index: number): number;
  length(): number;
  lengthSq(): number;
  lerp(v: Vector3Like, alpha: number): this;
  lerpVectors(v1: Vector3Like, v2: Vector3Like, alpha: number): this;
  manhattanDistanceTo(v: Vector3Like): number;
  manhattanLength(): number;
  max(v: Vector3Like): this;
  min(v: Vector3Like): this;
  multiply(v: Vector3Like): this;
  multiplyScalar(scalar: number): this;
  multiplyVectors(a: Vector3Like, b: Vector3Like): this;
  negate(): this;
  normalize(): this;
  project(camera: any): this;
  projectOnPlane(planeNormal: any): this;
  projectOnVector(v: Vector3Like): this;
  random(): this;
  randomDirection(): this;
  reflect(normal: Vector3Like): this;
  round(): this;
  roundToZero(): this;
  set(x: number, y?: number, z?: number): this;
  setComponent(index: number, value: number): this;
  setFromColor(c: any): this;
  setFromCylindrical(c: any): this;
  setFromCylindricalCoords(radius: any, theta: number, y: number): this;
  setFromEuler(e: any): this;
  setFromMatrix3Column(m: any, index: number): this;
  setFromMatrixColumn(m: any, index: number): this;
  setFromMatrixPosition(m: any): this;
  setFromMatrixScale(m: any): this;
  setFromSpherical(s: number): this;
  setFromSphericalCoords(radius: any, phi: any, theta: number): this;
  setLength(length: number): this;
  setScalar(scalar: number): this;
  setX(x: number): this;
  setY(y: number): this;
  setZ(z: number): this;
  sub(v: Vector3Like): this;
  subScalar(s: number): this;
  subVectors(a: Vector3Like, b: Vector3Like): this;
  toArray(array?: any, offset?: number): any;
  transformDirection(m: any): this;
  unproject(camera: any): this;
  x: number;
  y: number;
  z: number;
  fromPxVec3(pxVec3: any): any;
  toPxVec3(pxVec3?: any): any;
  toPxExtVec3(pxExtVec3?: any): any;
  toPxTransform(pxTransform: any): any;
}

/** A rotation without gimbal lock. */
declare class Quaternion {
  constructor(x?: number, y?: number, z?: number, w?: number);
  angleTo(q: QuaternionLike): number;
  clone(): Quaternion;
  conjugate(): this;
  copy(quaternion: QuaternionLike): this;
  dot(v: any): number;
  equals(quaternion: QuaternionLike): boolean;
  fromArray(array: any, offset?: number): this;
  fromBufferAttribute(attribute: any, index: number): this;
  identity(): this;
  invert(): this;
  length(): number;
  lengthSq(): number;
  multiply(q: QuaternionLike): this;
  multiplyQuaternions(a: QuaternionLike, b: QuaternionLike): this;
  normalize(): this;
  premultiply(q: QuaternionLike): this;
  random(): this;
  rotateTowards(q: QuaternionLike, step: number): this;
  set(x: number, y?: number, z?: number, w?: number): this;
  setFromAxisAngle(axis: any, angle: number): this;
  setFromEuler(euler: any, update?: any): this;
  setFromRotationMatrix(m: any): this;
  setFromUnitVectors(vFrom: any, vTo: any): this;
  slerp(qb: QuaternionLike, t: number): this;
  slerpQuaternions(qa: QuaternionLike, qb: QuaternionLike, t: number): this;
  toArray(array?: any, offset?: number): any;
  toJSON(): any;
  w: number;
  x: number;
  y: number;
  z: number;
}

/** A rotation as three angles; nodes use the order YXZ. */
declare class Euler {
  constructor(x?: number, y?: number, z?: number, order?: string);
  clone(): Euler;
  copy(euler: any): this;
  equals(euler: any): boolean;
  fromArray(array: any): this;
  order: string;
  reorder(newOrder: any): this;
  set(x: number, y?: number, z?: number, order?: any): this;
  setFromQuaternion(q: any, order: any, update: any): this;
  setFromRotationMatrix(m: any, order?: any, update?: any): this;
  setFromVector3(v: any, order?: any): this;
  toArray(array?: any, offset?: number): any;
  x: number;
  y: number;
  z: number;
}

/** Position, rotation and scale in one. */
declare class Matrix4 {
  constructor();
  clone(): Matrix4;
  compose(position: any, quaternion: any, scale: any): this;
  copy(m: any): this;
  copyPosition(m: any): this;
  decompose(position: any, quaternion: any, scale: any): any;
  determinant(): number;
  elements: number[];
  equals(matrix: any): boolean;
  extractBasis(xAxis: any, yAxis: any, zAxis: any): this;
  extractRotation(m: any): this;
  fromArray(array: any, offset?: number): this;
  getMaxScaleOnAxis(): number;
  identity(): this;
  invert(): this;
  lookAt(eye: any, target: any, up: any): any;
  makeBasis(xAxis: any, yAxis: any, zAxis: any): this;
  makeOrthographic(left: any, right: any, top: any, bottom: any, near: any, far: any, coordinateSystem?: any): this;
  makePerspective(left: any, right: any, top: any, bottom: any, near: any, far: any, coordinateSystem?: any): this;
  makeRotationAxis(axis: any, angle: number): this;
  makeRotationFromEuler(euler: any): this;
  makeRotationFromQuaternion(q: any): this;
  makeRotationX(theta: number): this;
  makeRotationY(theta: number): this;
  makeRotationZ(theta: number): this;
  makeScale(x: number, y: number, z: number): this;
  makeShear(xy: any, xz: any, yx: any, yz: any, zx: any, zy: any): this;
  makeTranslation(x: number, y: number, z: number): this;
  multiply(m: any): this;
  multiplyMatrices(a: any, b: any): this;
  multiplyScalar(s: number): this;
  premultiply(m: any): this;
  scale(v: any): any;
  set(n11: any, n12?: any, n13?: any, n14?: any, n21?: any, n22?: any, n23?: any, n24?: any, n31?: any, n32?: any, n33?: any, n34?: any, n41?: any, n42?: any, n43?: any, n44?: any): this;
  setFromMatrix3(m: any): this;
  setPosition(x: any, y?: any, z?: any): this;
  toArray(array?: any, offset?: number): any;
  transpose(): this;
}

/** For sums with hierarchies; it cannot be put into the world. */
declare class Object3D {
  constructor();
  add(object: any): this;
  addEventListener(type: any, listener: any): this;
  animations: any;
  applyMatrix4(matrix: any): this;
  applyQuaternion(q: any): this;
  attach(object: any): any;
  castShadow: boolean;
  children: Object3D[];
  clear(): any;
  clone(recursive: any): Object3D;
  copy(source: any, recursive?: any): this;
  dispatchEvent(event: any): any;
  frustumCulled: any;
  getObjectById(id: any): any;
  getObjectByName(name: any): any;
  getObjectByProperty(name: any, value: any): any;
  getObjectsByProperty(name: any, value: any, result?: any): any;
  getWorldDirection(target: any): any;
  getWorldPosition(target: any): any;
  getWorldQuaternion(target: any): any;
  getWorldScale(target: any): any;
  hasEventListener(type: any, listener: any): boolean;
  layers: any;
  localToWorld(vector: any): any;
  lookAt(x: any, y: any, z: any): any;
  matrix: Matrix4;
  matrixAutoUpdate: any;
  matrixWorld: Matrix4;
  matrixWorldAutoUpdate: any;
  matrixWorldNeedsUpdate: any;
  name: string;
  onAfterRender(renderer: any, scene: any, camera: any, geometry: any, material: any, group: any): any;
  onAfterShadow(renderer: any, object: any, camera: any, shadowCamera: any, geometry: any, depthMaterial: any, group: any): any;
  onBeforeRender(renderer: any, scene: any, camera: any, geometry: any, material: any, group: any): any;
  onBeforeShadow(renderer: any, object: any, camera: any, shadowCamera: any, geometry: any, depthMaterial: any, group: any): any;
  parent: Object3D | null;
  position: Vector3;
  quaternion: Quaternion;
  raycast(raycaster: any, intersects: any): any;
  receiveShadow: boolean;
  remove(object: any): any;
  removeEventListener(type: any, listener: any): any;
  removeFromParent(): any;
  renderOrder: any;
  rotateOnAxis(axis: any, angle: any): this;
  rotateOnWorldAxis(axis: any, angle: any): this;
  rotateX(angle: any): this;
  rotateY(angle: any): this;
  rotateZ(angle: any): this;
  rotation: Euler;
  scale: Vector3;
  setRotationFromAxisAngle(axis: any, angle: any): this;
  setRotationFromEuler(euler: any): this;
  setRotationFromMatrix(m: any): this;
  setRotationFromQuaternion(q: any): this;
  toJSON(meta: any): any;
  translateOnAxis(axis: any, distance: any): this;
  translateX(distance: any): this;
  translateY(distance: any): this;
  translateZ(distance: any): this;
  traverse(callback: any): any;
  traverseAncestors(callback: any): any;
  traverseVisible(callback: any): any;
  type: string;
  up: Vector3;
  updateMatrix(): any;
  updateMatrixWorld(force: any): any;
  updateWorldMatrix(updateParents: any, updateChildren: any): any;
  userData: any;
  uuid: string;
  visible: boolean;
  worldToLocal(vector: any): any;
}

/** Use `BufferedLerpVector3` instead. @deprecated use BufferedLerpVector3 */
declare class LerpVector3 {
  constructor(value: any, rate: number);
  push(value: any, snapToken?: any): any;
  pushArray(value: any, snapToken?: any): any;
  update(delta: any): any;
  snap(): any;
  clear(): any;
  value: any;
}

/** Use `BufferedLerpQuaternion` instead. @deprecated use BufferedLerpQuaternion */
declare class LerpQuaternion {
  constructor(value: any, rate: number);
  push(value: any, snapToken?: any): any;
  pushArray(value: any, snapToken?: any): any;
  update(delta: any): any;
  snap(): any;
  clear(): any;
  value: any;
}

/** Smooths positions that come now and then. */
declare class BufferedLerpVector3 {
  constructor(value: any, buffer?: number);
  push(vectorOrArray: any, snapToken?: any): any;
  update(delta: any): any;
  snap(): any;
  value: any;
}

/** Smooths rotations that come now and then. */
declare class BufferedLerpQuaternion {
  constructor(value: any, buffer?: number);
  push(quaternionOrArray: any, snapToken?: any): any;
  update(delta: any): any;
  snap(): any;
  value: any;
}

/** A curve through points with tangents. */
declare class Curve {
  constructor();
  deserialize(data: any): any;
  serialize(): any;
  add(keyframe: any): any;
  remove(keyframeId: any): any;
  removeAtTime(time: any): any;
  getClosest(t: any): any;
  evaluate(time: any): number;
  ogEvaluate(t: any): number;
  hermite(t: any, keyframes: any): number;
  sort(): any;
  move(keyframe: any, time: any, value: any, boundFirstLast: any): any;
  clone(): Curve;
  keyframes: any;
  firstKeyframe: any;
  lastKeyframe: any;
}

/** A page's address, taken apart. */
declare class URL {
  constructor(url: string, base?: string);
  href: string;
  origin: string;
  pathname: string;
  search: string;
  hash: string;
  host: string;
}
/** Writes to the log. A script may put functions of its own into it, for itself. */
declare const console: { log(...args: any[]): void; warn(...args: any[]): void; error(...args: any[]): void; time(label?: string): void; timeEnd(label?: string): void };
/** A random number, with `dp` decimals (none unless told). */
declare const num: (min: number, max: number, dp?: number) => number;
/** Random numbers that are the same everywhere for one seed. */
declare const prng: (seed: number) => (min: number, max?: number, dp?: number) => number;
/** `n`, or the bound it is beyond. */
declare const clamp: (n: number, low: number, high: number) => number;
/** Degrees times this are radians. */
declare const DEG2RAD: number;
/** Radians times this are degrees. */
declare const RAD2DEG: number;
/** A new id, ten letters and digits. */
declare const uuid: () => string;

/** The entry function of an app: `export default`. */
type Entry = (world: World, app: App, fetch: (url: string, options?: object) => Promise<Response | undefined>, props: Props, setTimeout: (callback: () => void, ms: number) => number) => void;
