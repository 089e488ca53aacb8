/** `expectType<Expected>()(value)` compiles if the value has that very type: neither wider, nor narrower, nor `any`. */
type IsAny<T> = 0 extends T & 1 ? true : false;
type Mutual<A, B> = [A, B] extends [B, A] ? unknown : { readonly differs: [A, B] };
type Same<A, B> = IsAny<B> extends true ? never : Mutual<A, B>;

export function expectType<Expected>() {
  return <Actual>(_value: Actual & Same<Expected, Actual>): void => undefined;
}
