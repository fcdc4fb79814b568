/* lastgood.c - The last table that nftables accepted.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It is loaded when the configuration cannot be read, and so nothing here may
 * trust a file that another user than root could have written.  */

#include "lastgood.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/base/file.h"

#define FOLDER "last"
#define TABLE  "table"
#define FRESH  "table.new"
#define MOST   (4u << 20)       /* Bytes.  */

static const char *const heads[] =
  {
    [CONFIG_FAIL_SHUT] = "# Postern: the last good table 1; on-fail = shut\n",
    [CONFIG_FAIL_OPEN] = "# Postern: the last good table 1; on-fail = open\n"
  };


static gpg_error_t
make_path (char **r_path, const char *state, const char *name)
{
  *r_path = gpgrt_bsprintf ("%s/" FOLDER "%s", state, name);
  return *r_path ? 0 : gpg_error_from_syserror ();
}


/* ST belongs to the user who runs this (root), and nobody else may write to
   it.  */
static gpg_error_t
check_owner (const struct stat *st)
{
  return st->st_uid != geteuid () || (st->st_mode & 022)
    ? gpg_error (GPG_ERR_EPERM) : 0;
}


/* Open the folder NAME of FROM, which nobody else can have changed.  */
static gpg_error_t
open_folder (int from, const char *name, int *r_fd)
{
  gpg_error_t err;
  struct stat st;

  *r_fd = openat (from, name,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (*r_fd < 0)
    return errno == ELOOP || errno == ENOTDIR ? gpg_error (GPG_ERR_EPERM)
      : gpg_error_from_syserror ();
  err = fstat (*r_fd, &st) ? gpg_error_from_syserror () : check_owner (&st);
  if (err)
    {
      close (*r_fd);
      *r_fd = -1;
    }
  return err;
}


static gpg_error_t
make_last_folder (const char *path)
{
  gpg_error_t err;
  int fd;

  if (mkdir (path, 0700) && errno != EEXIST)
    return gpg_error_from_syserror ();
  err = open_folder (AT_FDCWD, path, &fd);
  if (!err)
    close (fd);
  return err;
}


gpg_error_t
lastgood_write (const char *state, enum config_on_fail on_fail,
                const char *text)
{
  gpg_error_t err;
  char *folder = NULL, *path = NULL, *whole = NULL;

  err = make_path (&folder, state, "");
  if (!err)
    err = make_path (&path, state, "/" FRESH);
  if (!err)
    err = make_last_folder (folder);
  if (!err)
    {
      whole = gpgrt_bsprintf ("%s%s", heads[on_fail], text);
      err = whole ? file_write (path, whole, strlen (whole), 0600, 0)
        : gpg_error_from_syserror ();
    }
  gpgrt_free (whole);
  gpgrt_free (path);
  gpgrt_free (folder);
  return err;
}


gpg_error_t
lastgood_commit (const char *state)
{
  gpg_error_t err;
  char *folder = NULL;
  int fd = -1;

  err = make_path (&folder, state, "");
  if (err)
    return err;
  err = open_folder (AT_FDCWD, folder, &fd);
  gpgrt_free (folder);
  if (err)
    return gpg_err_code (err) == GPG_ERR_ENOENT ? 0 : err;
  if (renameat (fd, FRESH, fd, TABLE))
    err = errno == ENOENT ? 0 : gpg_error_from_syserror ();
  else if (fsync (fd))
    err = gpg_error_from_syserror ();
  close (fd);
  return err;
}


/* Read the file NAME of FOLDER whole; *R_TEXT is to be freed.  */
static gpg_error_t
read_last_table (int folder, const char *name, char **r_text)
{
  gpg_error_t err;
  struct stat st;
  ssize_t n = 0;
  size_t len = 0;
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK
                   | O_NOCTTY | O_CLOEXEC);

  *r_text = NULL;
  if (fd < 0)
    return errno == ELOOP ? gpg_error (GPG_ERR_EPERM)
      : gpg_error_from_syserror ();
  err = fstat (fd, &st) ? gpg_error_from_syserror () : check_owner (&st);
  if (!err && !S_ISREG (st.st_mode))
    err = gpg_error (GPG_ERR_EPERM);
  if (!err && (st.st_size <= 0 || st.st_size > (off_t)MOST))
    err = gpg_error (GPG_ERR_BAD_DATA);
  if (!err && !(*r_text = calloc (1, (size_t)st.st_size + 1)))
    err = gpg_error_from_syserror ();
  while (!err && len < (size_t)st.st_size
         && (n = read (fd, *r_text + len, (size_t)st.st_size - len)) > 0)
    len += (size_t)n;
  if (!err && n < 0)
    err = gpg_error_from_syserror ();
  else if (!err && (len != (size_t)st.st_size || strlen (*r_text) != len))
    err = gpg_error (GPG_ERR_BAD_DATA);
  close (fd);
  return err;
}


/* Take the first line off TEXT.  */
static gpg_error_t
take_head (char *text, enum config_on_fail *r_on_fail)
{
  size_t i, len;

  for (i = 0; i < sizeof heads / sizeof *heads; i++)
    {
      len = strlen (heads[i]);
      if (strncmp (text, heads[i], len))
        continue;
      *r_on_fail = (enum config_on_fail)i;
      memmove (text, text + len, strlen (text + len) + 1);
      return 0;
    }
  return gpg_error (GPG_ERR_BAD_DATA);
}


/* Where the reading of STATE has got to: NAME in it.  */
static void
note_where (char **r_where, const char *state, const char *name)
{
  free (*r_where);
  if (asprintf (r_where, "%s%s", state, name) < 0)
    *r_where = NULL;
}


gpg_error_t
lastgood_read (const char *state, enum config_on_fail *r_on_fail,
               char **r_text, char **r_where)
{
  gpg_error_t err;
  int top = -1, folder = -1;

  *r_on_fail = CONFIG_FAIL_SHUT;
  *r_text = *r_where = NULL;
  note_where (r_where, state, "");
  err = open_folder (AT_FDCWD, state, &top);
  if (!err)
    {
      note_where (r_where, state, "/" FOLDER);
      err = open_folder (top, FOLDER, &folder);
    }
  if (!err)
    {
      note_where (r_where, state, "/" FOLDER "/" TABLE);
      err = read_last_table (folder, TABLE, r_text);
    }
  if (!err)
    err = take_head (*r_text, r_on_fail);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    err = gpg_error (GPG_ERR_NOT_FOUND);
  if (err)
    {
      free (*r_text);
      *r_text = NULL;
    }
  if (folder >= 0)
    close (folder);
  if (top >= 0)
    close (top);
  return err;
}
