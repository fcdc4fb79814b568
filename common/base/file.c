/* file.c - Read and write whole files.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing here may block on what is not a regular file, but for stdin, or
 * leave a file half written.  */

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_MARK ".new-"
#define TEMP_LETTERS 6          /* That mkstemp(3) fills in.  */


static gpg_error_t
read_fd (int fd, size_t max, unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err = 0;
  unsigned char *buf = NULL, *more;
  size_t len = 0, size = 0;
  ssize_t n;

  for (;;)
    {
      if (len == size)
        {
          size = size ? 2 * size : 4096;
          more = realloc (buf, size + 1);
          if (!more)
            {
              err = gpg_error_from_syserror ();
              break;
            }
          buf = more;
        }
      n = read (fd, buf + len, size - len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        err = gpg_error_from_syserror ();
      else
        len += (size_t)n;
      if (!err && len > max)
        err = gpg_error (GPG_ERR_TOO_LARGE);
      if (err || !n)
        break;
    }
  if (err)
    {
      free (buf);
      return err;
    }
  buf[len] = 0;
  *r_data = buf;
  *r_len = len;
  return 0;
}


/* Open PATH, if it is a regular file: O_NONBLOCK keeps open(2) from waiting
   for the writer of a FIFO.  */
static gpg_error_t
open_regular (const char *path, int flags, int *r_fd)
{
  gpg_error_t err = 0;
  struct stat st;

  *r_fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | flags);
  if (*r_fd < 0)
    return gpg_error_from_syserror ();
  if (fstat (*r_fd, &st))
    err = gpg_error_from_syserror ();
  else if (S_ISDIR (st.st_mode))
    err = gpg_error (GPG_ERR_EISDIR);
  else if (!S_ISREG (st.st_mode))
    err = gpg_error (GPG_ERR_INV_OBJ);
  if (err)
    {
      close (*r_fd);
      *r_fd = -1;
    }
  return err;
}


gpg_error_t
file_open (const char *path, int *r_fd)
{
  return open_regular (path, 0, r_fd);
}


static gpg_error_t
read_regular (const char *path, int flags, size_t max,
              unsigned char **r_data, size_t *r_len)
{
  gpg_error_t err;
  int fd;

  *r_data = NULL;
  *r_len = 0;
  err = open_regular (path, flags, &fd);
  if (err)
    return err;
  err = read_fd (fd, max, r_data, r_len);
  close (fd);
  return err;
}


gpg_error_t
file_read (const char *path, size_t max, unsigned char **r_data,
           size_t *r_len)
{
  if (strcmp (path, "-"))
    return read_regular (path, 0, max, r_data, r_len);
  *r_data = NULL;
  *r_len = 0;
  return read_fd (STDIN_FILENO, max, r_data, r_len);
}


gpg_error_t
file_read_plain (const char *path, size_t max, unsigned char **r_data,
                 size_t *r_len)
{
  return read_regular (path, O_NOFOLLOW, max, r_data, r_len);
}


const char *
file_why (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_INV_OBJ
    ? "it is not a regular file; give one, or '-' for standard input"
    : gpg_strerror (err);
}


gpg_error_t
file_write_fd (int fd, const void *data, size_t len)
{
  const unsigned char *p = data;
  ssize_t n;

  while (len)
    {
      n = write (fd, p, len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return gpg_error_from_syserror ();
      p += n;
      len -= (size_t)n;
    }
  return 0;
}


gpg_error_t
file_sync_folder (const char *path)
{
  gpg_error_t err = 0;
  char *copy = strdup (path);
  int fd;

  if (!copy)
    return gpg_error_from_syserror ();
  fd = open (dirname (copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync (fd))
    err = gpg_error_from_syserror ();
  if (fd >= 0)
    close (fd);
  free (copy);
  return err;
}


gpg_error_t
file_write (const char *path, const void *data, size_t len, mode_t mode,
            int fresh)
{
  gpg_error_t err = 0;
  char *temp;
  int fd;

  temp = gpgrt_bsprintf ("%s" TEMP_MARK "XXXXXX", path);
  if (!temp)
    return gpg_error_from_syserror ();
  fd = mkostemp (temp, O_CLOEXEC);
  if (fd < 0)
    {
      err = gpg_error_from_syserror ();
      gpgrt_free (temp);
      return err;
    }
  err = file_write_fd (fd, data, len);
  if (!err && (fchmod (fd, mode) || fsync (fd)))
    err = gpg_error_from_syserror ();
  if (close (fd) && !err)
    err = gpg_error_from_syserror ();
  /* link fails where PATH exists; rename would replace it.  */
  if (!err && (fresh ? link (temp, path) : rename (temp, path)))
    err = gpg_error_from_syserror ();
  if (err || fresh)
    unlink (temp);
  gpgrt_free (temp);
  return err ? err : file_sync_folder (path);
}


bool
file_is_temp (const char *name)
{
  const size_t n = strlen (TEMP_MARK) + TEMP_LETTERS;
  size_t len = strlen (name);

  return len > n
         && !strncmp (name + len - n, TEMP_MARK, strlen (TEMP_MARK))
         && !strpbrk (name + len - TEMP_LETTERS, "./");
}


gpg_error_t
file_remove (const char *path)
{
  return unlink (path) ? gpg_error_from_syserror () : file_sync_folder (path);
}


/* A failure for one entry does not keep the others from being removed.  */
static int
remove_one (const char *path, const struct stat *st, int type,
            struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  remove (path);
  return 0;
}


void
file_remove_tree (const char *path)
{
  nftw (path, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
