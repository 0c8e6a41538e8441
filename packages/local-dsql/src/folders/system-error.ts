/** The codes of the system, in words for a person. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'its rights do not allow it',
  EBUSY: 'it is in use',
  EDQUOT: 'the quota of its disk is used up',
  EEXIST: 'something of that name is in the way',
  EIO: 'its disk fails',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open (ulimit -n)',
  ENAMETOOLONG: 'its name is too long',
  ENFILE: 'too many files are open on this machine',
  ENOENT: 'it does not exist, and cannot be made there',
  ENOSPC: 'no space is left on its disk',
  ENOTDIR: 'a file is in the way',
  EPERM: 'the system does not allow it',
  EROFS: 'its disk can only be read',
};

/**
 * Why the system refused something, in words for a person; the system's own words for other codes.
 */
export const reasonOf = (error: unknown): string => {
  const { code = '', message = String(error) } = (error ?? {}) as NodeJS.ErrnoException;
  return reasons[code] ?? message;
};

/** An error of the system about a file, in words for a person; `undefined` for any other error. */
export const explainedFileError = (error: unknown): Error | undefined => {
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === 'uv_cwd') {
    return new Error('the folder that this was started in is gone: change to another', {
      cause: error,
    });
  }
  if (code === undefined || syscall === undefined || reasons[code] === undefined) return undefined;
  const where = path ?? 'a file';
  return new Error(`cannot ${syscall} ${where}: ${reasonOf(error)}`, { cause: error });
};

/**
 * Whether a text that a program wrote says that the disk is full; PostgreSQL has several words for
 * it.
 */
export const tellsFullDisk = (text: string): boolean =>
  /No space left on device|Check free disk space|wrote only \d+ of|Disk quota exceeded/.test(text);
