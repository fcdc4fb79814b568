/* conf-files.c - The files of a configuration, and who may touch them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is checked is the file that was opened, whatever name led there.  */

#include "conf-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 16384         /* In users.d.  */


/* Only root, or who runs this, may own and write; with SECRET only the
   owner may read.  */
static gpg_error_t
check_mode (const struct stat *st, bool secret,
            const struct conf_place *place)
{
  gpg_error_t err = gpg_error (GPG_ERR_EPERM);

  if (st->st_uid && st->st_uid != geteuid ())
    return conf_fail_with (err, place, "it belongs to user %lu;"
                           " run 'chown root %s'",
                           (unsigned long) st->st_uid, place->file);
  if (secret && (st->st_mode & 077))
    return conf_fail_with (err, place, "others than the owner can reach"
                           " this secret; run 'chmod 600 %s', and make a"
                           " new one if they did", place->file);
  if (st->st_mode & 022)
    return conf_fail_with (err, place, "others than the owner can write"
                           " it; run 'chmod go-w %s'", place->file);
  return 0;
}


static gpg_error_t
system_failure (const struct conf_place *place, const char *what)
{
  gpg_error_t err = gpg_error_from_syserror ();

  return conf_fail_with (err, place, "%s: %s", what, gpg_strerror (err));
}


gpg_error_t
conf_files_open_dir (int from, const char *name, const char *path,
                     int *r_fd, char **r_message)
{
  struct conf_place place = { path, 0, NULL, r_message };
  gpg_error_t err;
  struct stat st;
  int fd;

  *r_fd = -1;
  fd = openat (from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return system_failure (&place, "cannot open the folder");
  if (fstat (fd, &st))
    err = system_failure (&place, "fstat");
  else
    err = check_mode (&st, false, &place);
  if (err)
    close (fd);
  else
    *r_fd = fd;
  return err;
}


/* O_NONBLOCK: a FIFO that somebody put there must not hold us.  */
gpg_error_t
conf_files_open (int dirfd, const char *name, bool secret,
                 const struct conf_place *place, int *r_fd)
{
  gpg_error_t err;
  struct stat st;
  int fd;

  *r_fd = -1;
  fd = openat (dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return system_failure (place, "cannot open the file");
  if (fstat (fd, &st))
    err = system_failure (place, "fstat");
  else if (!S_ISREG (st.st_mode))
    err = conf_fail_with (gpg_error (GPG_ERR_EPERM), place,
                          "not a regular file");
  else
    err = check_mode (&st, secret, place);
  if (err)
    close (fd);
  else
    *r_fd = fd;
  return err;
}


/* Read until SIZE bytes are there or the file ends.  */
static gpg_error_t
read_up_to (int fd, char *buf, size_t size, size_t *r_len)
{
  ssize_t n;

  *r_len = 0;
  while (*r_len < size)
    {
      n = read (fd, buf + *r_len, size - *r_len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return gpg_error_from_syserror ();
      if (!n)
        break;
      *r_len += (size_t) n;
    }
  return 0;
}


gpg_error_t
conf_files_read (int dirfd, const char *name, const char *path,
                 char **r_text, size_t *r_len, char **r_message)
{
  struct conf_place place = { path, 0, NULL, r_message };
  gpg_error_t err;
  char *text = NULL;
  struct stat st;
  size_t size;
  int fd = -1;

  *r_text = NULL;
  *r_len = 0;
  err = conf_files_open (dirfd, name, false, &place, &fd);
  if (!err && fstat (fd, &st))
    err = system_failure (&place, "fstat");
  if (err)
    goto leave;
  size = st.st_size < CONF_MAX_FILE ? (size_t) st.st_size + 1
                                      : CONF_MAX_FILE + 1;
  text = malloc (size + 1);
  if (!text)
    err = system_failure (&place, "cannot read");
  else if ((err = read_up_to (fd, text, size, r_len)))
    err = conf_fail_with (err, &place, "cannot read: %s",
                          gpg_strerror (err));
  else if (*r_len > CONF_MAX_FILE)
    err = conf_fail (&place, "longer than %d bytes; divide it",
                     CONF_MAX_FILE);
  else if (*r_len == size)
    err = conf_fail (&place, "it grew while it was read; try again");
  if (err)
    goto leave;
  text[*r_len] = 0;
  *r_text = text;
  text = NULL;

 leave:
  if (fd >= 0)
    close (fd);
  free (text);
  return err;
}


gpg_error_t
conf_files_read_secret (int dirfd, const char *name, const char *path,
                        void *buf, size_t size, size_t *r_len,
                        char **r_message)
{
  struct conf_place place = { path, 0, NULL, r_message };
  gpg_error_t err;
  int fd;

  *r_len = 0;
  err = conf_files_open (dirfd, name, true, &place, &fd);
  if (err)
    return err;
  err = read_up_to (fd, buf, size, r_len);
  close (fd);
  if (err)
    err = conf_fail_with (err, &place, "cannot read: %s",
                          gpg_strerror (err));
  return err;
}


gpg_error_t
conf_files_open_secret (const char *path, int *r_fd, char **r_message)
{
  struct conf_place place = { path, 0, NULL, r_message };

  if (r_message)
    *r_message = NULL;
  return conf_files_open (AT_FDCWD, path, true, &place, r_fd);
}


static gpg_error_t
list_names (DIR *dir, const struct conf_place *place,
            struct strlist *names)
{
  struct dirent *entry;
  gpg_error_t err = 0;
  size_t len;

  while (!err && (errno = 0, entry = readdir (dir)))
    {
      len = strlen (entry->d_name);
      if (len <= 5 || *entry->d_name == '.'
          || strcmp (entry->d_name + len - 5, ".conf"))
        continue;
      if (names->n == MAX_FILES)
        return conf_fail (place, "more than %d files", MAX_FILES);
      err = strlist_append (names, entry->d_name);
    }
  if (!err && errno)
    err = gpg_error_from_syserror ();
  return err;
}


gpg_error_t
conf_files_list (int dirfd, const char *path, struct strlist *r_names,
                 char **r_message)
{
  struct conf_place place = { path, 0, NULL, r_message };
  gpg_error_t err = 0;
  DIR *dir;
  int fd;

  memset (r_names, 0, sizeof *r_names);
  fd = openat (dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  dir = fd < 0 ? NULL : fdopendir (fd);
  if (!dir)
    {
      err = system_failure (&place, "cannot list");
      if (fd >= 0)
        close (fd);
      return err;
    }
  err = list_names (dir, &place, r_names);
  closedir (dir);
  if (err)
    strlist_release (r_names);
  else
    strlist_sort (r_names);
  return err;
}
