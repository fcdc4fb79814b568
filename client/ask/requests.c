/* requests.c - What was asked lately, by its hash.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "requests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"
#include "../../common/base/log.h"

#define HEXLEN (2 * REQUEST_HASHLEN)
#define LINELEN (HEXLEN + 24 + 2 * NETSPEC_NAMELEN)
#define MAX_LEN (LINELEN * (REQUESTS_KEEP + 1))


/* What is not a regular file is not waited for.  */
static int
open_book (const char *path, int flags)
{
  struct stat st;
  int fd = open (path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW,
                 0600);

  if (fd >= 0 && (fstat (fd, &st) || !S_ISREG (st.st_mode)))
    {
      close (fd);
      errno = EPERM;
      return -1;
    }
  return fd;
}


static char *
book_path (profile_t profile)
{
  return gpgrt_bsprintf ("%s/requests", profile_dir (profile));
}


/* All of it, with a NUL.  */
static char *
read_book (int fd)
{
  char *text = calloc (1, MAX_LEN + 1);
  ssize_t n;
  size_t len = 0;

  while (text && len < MAX_LEN
         && (n = read (fd, text + len, MAX_LEN - len)) > 0)
    len += (size_t) n;
  return text;
}


/* Behind the first of more than REQUESTS_KEEP lines.  */
static const char *
newest_lines (const char *text)
{
  const char *p;
  size_t n = 0;

  for (p = text; (p = strchr (p, '\n')); p++)
    n++;
  for (; n >= REQUESTS_KEEP && (p = strchr (text, '\n')); n--)
    text = p + 1;
  return text;
}


static gpg_error_t
rewrite_book (int fd, const char *text)
{
  if (lseek (fd, 0, SEEK_SET) || ftruncate (fd, 0))
    return gpg_error_from_syserror ();
  return file_write_fd (fd, text, strlen (text));
}


static gpg_error_t
append_request (profile_t profile, const char *id, const char *host,
                const char *what)
{
  char *path = book_path (profile), *text = NULL, *more = NULL;
  gpg_error_t err = 0;
  int fd = -1;

  if (path)
    fd = open_book (path, O_RDWR | O_CREAT);
  if (fd < 0 || flock (fd, LOCK_EX))
    err = gpg_error_from_syserror ();
  if (!err)
    text = read_book (fd);
  if (text)
    more = gpgrt_bsprintf ("%s%s %lld %s %s\n", newest_lines (text), id,
                           (long long) time (NULL), host, what);
  if (!err)
    err = more ? rewrite_book (fd, more) : gpg_error_from_syserror ();
  if (fd >= 0)
    close (fd);
  free (text);
  gpgrt_free (more);
  gpgrt_free (path);
  return err;
}


void
requests_note (profile_t profile, const char *id, const char *host,
               const char *what)
{
  gpg_error_t err = append_request (profile, id, host, what);

  if (err)
    log_warn ("the request cannot be noted in '%s/requests': %s; its ID is"
              " %s", profile_dir (profile), gpg_strerror (err), id);
}


/* True if LINE is of a request to HOST that begins with ID.  */
static bool
is_meant (const char *line, const char *host, const char *id)
{
  size_t len = strlen (host);
  const char *p;

  if (strncmp (line, id, strlen (id)) || strcspn (line, " ") != HEXLEN)
    return false;
  p = strchr (line + HEXLEN + 1, ' ');
  return p && !strncmp (p + 1, host, len) && p[1 + len] == ' ';
}


/* The hash in hex, if exactly one fits; *R_N is how many do.  */
static void
search_book (const char *text, const char *host, const char *id,
             char hex[HEXLEN + 1], size_t *r_n)
{
  const char *line, *end;

  *r_n = 0;
  for (line = text; (end = strchr (line, '\n')); line = end + 1)
    if (is_meant (line, host, id))
      {
        if (*r_n && strncmp (hex, line, HEXLEN))
          ++*r_n;
        else
          *r_n = 1;
        memcpy (hex, line, HEXLEN);
        hex[HEXLEN] = 0;
      }
}


static gpg_error_t
look_up_request (profile_t profile, const char *host, const char *id,
                 char hex[HEXLEN + 1])
{
  char *path = book_path (profile), *text;
  int fd = path ? open_book (path, O_RDONLY) : -1;
  size_t n = 0;

  if (fd >= 0)
    {
      text = flock (fd, LOCK_SH) ? NULL : read_book (fd);
      if (text)
        search_book (text, host, id, hex, &n);
      free (text);
      close (fd);
    }
  gpgrt_free (path);
  return n == 1 ? 0
    : gpg_error (n ? GPG_ERR_AMBIGUOUS_NAME : GPG_ERR_NOT_FOUND);
}


gpg_error_t
requests_find (profile_t profile, const char *host, const char *id,
               unsigned char hash[REQUEST_HASHLEN], char **r_message)
{
  gpg_error_t err = 0;
  char hex[HEXLEN + 1];
  size_t len = strlen (id);

  *r_message = NULL;
  if (len < REQUEST_SHORTLEN || len > HEXLEN
      || id[strspn (id, "0123456789abcdef")])
    {
      *r_message = gpgrt_bsprintf ("'%.70s' is not a valid ID of a request:"
                                   " %d to %d hex digits", id, REQUEST_SHORTLEN,
                                   HEXLEN);
      return gpg_error (GPG_ERR_INV_ARG);
    }
  if (len == HEXLEN)
    memcpy (hex, id, sizeof hex);
  else
    err = look_up_request (profile, host, id, hex);
  if (gpg_err_code (err) == GPG_ERR_NOT_FOUND)
    *r_message = gpgrt_bsprintf ("no request %s to %s was sent from here;"
                                 " give all %d digits of one sent elsewhere",
                                 id, host, HEXLEN);
  else if (err)
    *r_message = gpgrt_bsprintf ("several requests to %s begin with %s; give"
                                 " more digits", host, id);
  return err ? err : decode_hex (hex, HEXLEN, hash, REQUEST_HASHLEN);
}
