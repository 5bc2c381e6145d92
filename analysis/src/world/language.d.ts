// What JavaScript itself gives. Only what completion can use: a world has no DOM and no Node.
interface Array<T> {
  /** How many there are. */
  length: number;
  at(index: number): T | undefined;
  concat(...items: T[]): T[];
  entries(): [number, T][];
  every(test: (item: T, index: number, array: T[]) => any): boolean;
  fill(value: T, start?: number, end?: number): T[];
  filter(test: (item: T, index: number, array: T[]) => any): T[];
  find(test: (item: T, index: number, array: T[]) => any): T | undefined;
  findIndex(test: (item: T, index: number, array: T[]) => any): number;
  findLast(test: (item: T, index: number, array: T[]) => any): T | undefined;
  findLastIndex(test: (item: T, index: number, array: T[]) => any): number;
  flat(depth?: number): any[];
  flatMap<U>(map: (item: T, index: number, array: T[]) => U | U[]): U[];
  forEach(each: (item: T, index: number, array: T[]) => void): void;
  includes(item: T, from?: number): boolean;
  indexOf(item: T, from?: number): number;
  join(between?: string): string;
  keys(): number[];
  lastIndexOf(item: T, from?: number): number;
  map<U>(map: (item: T, index: number, array: T[]) => U): U[];
  pop(): T | undefined;
  push(...items: T[]): number;
  reduce<U>(step: (sum: U, item: T, index: number, array: T[]) => U, initial?: U): U;
  reduceRight<U>(step: (sum: U, item: T, index: number, array: T[]) => U, initial?: U): U;
  reverse(): T[];
  shift(): T | undefined;
  slice(start?: number, end?: number): T[];
  some(test: (item: T, index: number, array: T[]) => any): boolean;
  sort(compare?: (a: T, b: T) => number): T[];
  splice(start: number, count?: number, ...items: T[]): T[];
  unshift(...items: T[]): number;
  values(): T[];
  with(index: number, value: T): T[];
  toReversed(): T[];
  toSorted(compare?: (a: T, b: T) => number): T[];
  toSpliced(start: number, count?: number, ...items: T[]): T[];
}
interface String {
  length: number;
  at(index: number): string | undefined;
  charAt(index: number): string;
  charCodeAt(index: number): number;
  codePointAt(index: number): number | undefined;
  concat(...texts: string[]): string;
  endsWith(text: string, end?: number): boolean;
  includes(text: string, from?: number): boolean;
  indexOf(text: string, from?: number): number;
  lastIndexOf(text: string, from?: number): number;
  localeCompare(other: string): number;
  match(pattern: RegExp): string[] | null;
  matchAll(pattern: RegExp): string[][];
  normalize(form?: string): string;
  padEnd(length: number, by?: string): string;
  padStart(length: number, by?: string): string;
  repeat(count: number): string;
  replace(search: string | RegExp, by: string | ((match: string, ...groups: any[]) => string)): string;
  replaceAll(search: string | RegExp, by: string | ((match: string, ...groups: any[]) => string)): string;
  search(pattern: RegExp): number;
  slice(start?: number, end?: number): string;
  split(separator?: string | RegExp, limit?: number): string[];
  startsWith(text: string, from?: number): boolean;
  substring(start: number, end?: number): string;
  toLowerCase(): string;
  toString(): string;
  toUpperCase(): string;
  trim(): string;
  trimEnd(): string;
  trimStart(): string;
}
interface Number {
  toExponential(digits?: number): string;
  toFixed(digits?: number): string;
  toLocaleString(): string;
  toPrecision(precision?: number): string;
  toString(radix?: number): string;
  valueOf(): number;
}
interface Boolean { toString(): string; valueOf(): boolean }
interface Function {
  name: string;
  length: number;
  apply(self: any, args?: any[]): any;
  bind(self: any, ...args: any[]): any;
  call(self: any, ...args: any[]): any;
}
interface RegExp {
  source: string; flags: string; global: boolean; lastIndex: number;
  exec(text: string): string[] | null;
  test(text: string): boolean;
}
interface Error { name: string; message: string; stack?: string }
interface Promise<T> {
  then<U>(done: (value: T) => U, failed?: (reason: any) => any): Promise<U>;
  catch(failed: (reason: any) => any): Promise<T>;
  finally(last: () => void): Promise<T>;
}
interface Map<K, V> {
  size: number;
  clear(): void;
  delete(key: K): boolean;
  entries(): [K, V][];
  forEach(each: (value: V, key: K, map: Map<K, V>) => void): void;
  get(key: K): V | undefined;
  has(key: K): boolean;
  keys(): K[];
  set(key: K, value: V): Map<K, V>;
  values(): V[];
}
interface Set<T> {
  size: number;
  add(value: T): Set<T>;
  clear(): void;
  delete(value: T): boolean;
  forEach(each: (value: T, key: T, set: Set<T>) => void): void;
  has(value: T): boolean;
  keys(): T[];
  values(): T[];
}
interface WeakMap<K, V> { get(key: K): V | undefined; set(key: K, value: V): WeakMap<K, V>; has(key: K): boolean; delete(key: K): boolean }
interface WeakSet<T> { add(value: T): WeakSet<T>; has(value: T): boolean; delete(value: T): boolean }
interface TypedArray {
  length: number; byteLength: number; byteOffset: number; buffer: ArrayBuffer;
  at(index: number): number | undefined;
  fill(value: number, start?: number, end?: number): TypedArray;
  forEach(each: (item: number, index: number) => void): void;
  map(map: (item: number, index: number) => number): TypedArray;
  set(items: number[] | TypedArray, offset?: number): void;
  slice(start?: number, end?: number): TypedArray;
  subarray(start?: number, end?: number): TypedArray;
}
interface ArrayBuffer { byteLength: number; slice(start?: number, end?: number): ArrayBuffer }
interface Date { getTime(): number }
declare const Math: {
  readonly E: number; readonly LN10: number; readonly LN2: number; readonly LOG10E: number; readonly LOG2E: number;
  readonly PI: number; readonly SQRT1_2: number; readonly SQRT2: number;
  abs(x: number): number; acos(x: number): number; acosh(x: number): number; asin(x: number): number;
  asinh(x: number): number; atan(x: number): number; atan2(y: number, x: number): number; atanh(x: number): number;
  cbrt(x: number): number; ceil(x: number): number; clz32(x: number): number; cos(x: number): number;
  cosh(x: number): number; exp(x: number): number; expm1(x: number): number; floor(x: number): number;
  fround(x: number): number; hypot(...x: number[]): number; imul(a: number, b: number): number;
  log(x: number): number; log10(x: number): number; log1p(x: number): number; log2(x: number): number;
  max(...x: number[]): number; min(...x: number[]): number; pow(x: number, y: number): number;
  random(): number; round(x: number): number; sign(x: number): number; sin(x: number): number;
  sinh(x: number): number; sqrt(x: number): number; tan(x: number): number; tanh(x: number): number;
  trunc(x: number): number;
};
declare const JSON: { parse(text: string): any; stringify(value: any, replacer?: any, space?: number | string): string };
declare const Object: {
  assign<T>(target: T, ...sources: any[]): T;
  create(prototype: any): any;
  defineProperty<T>(object: T, key: string, how: any): T;
  entries<T>(object: { [key: string]: T }): [string, T][];
  freeze<T>(object: T): T;
  fromEntries(entries: any[]): any;
  getOwnPropertyNames(object: any): string[];
  getPrototypeOf(object: any): any;
  hasOwn(object: any, key: string): boolean;
  is(a: any, b: any): boolean;
  isFrozen(object: any): boolean;
  keys(object: any): string[];
  values<T>(object: { [key: string]: T }): T[];
};
declare const Array: { from<T>(items: T[], map?: any): T[]; isArray(value: any): boolean; of<T>(...items: T[]): T[] };
declare const Number: {
  readonly EPSILON: number; readonly MAX_SAFE_INTEGER: number; readonly MIN_SAFE_INTEGER: number;
  readonly MAX_VALUE: number; readonly MIN_VALUE: number; readonly POSITIVE_INFINITY: number; readonly NEGATIVE_INFINITY: number; readonly NaN: number;
  isFinite(value: any): boolean; isInteger(value: any): boolean; isNaN(value: any): boolean; isSafeInteger(value: any): boolean;
  parseFloat(text: string): number; parseInt(text: string, radix?: number): number;
};
declare const String: { fromCharCode(...codes: number[]): string; fromCodePoint(...codes: number[]): string; raw(strings: any, ...parts: any[]): string };
declare const Reflect: { has(object: any, key: string): boolean; get(object: any, key: string): any; set(object: any, key: string, value: any): boolean; ownKeys(object: any): string[] };
declare const Promise: {
  all<T>(promises: Promise<T>[]): Promise<T[]>;
  allSettled<T>(promises: Promise<T>[]): Promise<{ status: string; value: T; reason: any }[]>;
  any<T>(promises: Promise<T>[]): Promise<T>;
  race<T>(promises: Promise<T>[]): Promise<T>;
  reject(reason?: any): Promise<any>;
  resolve<T>(value?: T): Promise<T>;
};
declare const Symbol: any;
declare const Proxy: any;
declare const Infinity: number;
declare const NaN: number;
declare const globalThis: any;
declare function parseInt(text: string, radix?: number): number;
declare function parseFloat(text: string): number;
declare function isNaN(value: any): boolean;
declare function isFinite(value: any): boolean;
declare function encodeURIComponent(text: string): string;
declare function decodeURIComponent(text: string): string;
declare function encodeURI(text: string): string;
declare function decodeURI(text: string): string;
