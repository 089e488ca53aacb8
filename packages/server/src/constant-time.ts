/**
 * Compares two encoded secrets in a time that depends on their length only.
 *
 * The encoded form is compared, not the bytes: base64url has several spellings of one value, and only the one that was
 * issued may match.
 */
export function sameSecret(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index += 1) {
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  }
  return difference === 0;
}
