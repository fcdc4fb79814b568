/* passwd.c - The file of passwords that Postern keeps itself.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "passwd.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "command.h"
#include "config-parts.h"
#include "../../common/base/encode.h"
#include "../../common/base/secret.h"
#include "../../common/conf/conf-files.h"

#define LINELEN 512             /* With the LF.  */
#define B64 "[./A-Za-z0-9]"

struct walk
{
  struct conf_place place;
  passwd_take_t take;
  void *hook;
  regex_t strong;
};

/* The kinds that are taken, as crypt(5) has them.  */
static const char strong[] =
  "^\\$g?y\\$" B64 "+\\$" B64 "{0,86}\\$" B64 "{43}$"
  "|^\\$7\\$" B64 "{11,97}\\$" B64 "{43}$"
  "|^\\$2[by]\\$[0-9]{2}\\$" B64 "{53}$"
  "|^\\$6\\$(rounds=[1-9][0-9]{2,8}\\$)?[^$:]{1,16}\\$" B64 "{86}$";


/* What HASH seems to be instead.  */
static const char *
weak_kind (const char *hash)
{
  static const struct { const char *prefix, *name; } kinds[] =
    {
      { "$1$", "MD5" }, { "$3$", "NT" }, { "$5$", "SHA-256" },
      { "$md5", "SunMD5" }, { "$sha1", "SHA-1" }, { "_", "DES" },
      { "$2a$", "the old bcrypt" }, { "$2x$", "the old bcrypt" }
    };
  size_t i, len = strlen (hash);

  for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (!strncmp (hash, kinds[i].prefix, strlen (kinds[i].prefix)))
      return kinds[i].name;
  return len >= 13 && strspn (hash, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "abcdefghijklmnopqrstuvwxyz") == len
    ? "DES" : NULL;
}


static gpg_error_t
check_hash (struct walk *w, const char *name, const char *hash)
{
  const char *kind;

  if (strlen (hash) <= PASSWD_HASHLEN
      && !regexec (&w->strong, hash, 0, NULL, 0))
    return 0;
  kind = weak_kind (hash);
  if (kind)
    return conf_fail (&w->place, "the password of '%s' is hashed with %s,"
                      " which is too weak; set it again with 'postern-keys"
                      " passwd'", name, kind);
  return conf_fail (&w->place, "the password of '%s' is of a kind that is not"
                    " accepted; set it again with 'postern-keys passwd'",
                    name);
}


/* LINE without its LF.  */
static gpg_error_t
take_passwd_line (struct walk *w, char *line)
{
  struct passwd_entry entry = { w->place.line, line, NULL };
  char *colon;
  gpg_error_t err;

  if (!*line || *line == '#')
    return 0;
  colon = strchr (line, ':');
  if (!colon || colon == line || colon - line > PASSWD_NAMELEN
      || !encode_is_clean (line, (size_t) (colon - line)))
    return conf_fail (&w->place, "not a line 'NAME:HASH';"
                      " 'postern-keys passwd' writes them");
  *colon = 0;
  entry.hash = colon + 1;
  err = check_hash (w, line, entry.hash);
  return err ? err : w->take (w->hook, &entry);
}


/* All whole lines of the LEN bytes at BUF; what is left moves to its
   begin.  */
static gpg_error_t
take_passwd_lines (struct walk *w, char *buf, size_t *len)
{
  char *line = buf, *end;
  gpg_error_t err = 0;

  while (!err && (end = memchr (line, '\n', *len)))
    {
      w->place.line++;
      *end = 0;
      if (strlen (line) != (size_t) (end - line))
        return conf_fail (&w->place, "a NUL; remove it");
      err = take_passwd_line (w, line);
      *len -= (size_t) (end + 1 - line);
      line = end + 1;
    }
  memmove (buf, line, *len);
  return err;
}


static gpg_error_t
walk_lines (struct walk *w, int fd, char *buf)
{
  gpg_error_t err = 0;
  size_t len = 0;
  ssize_t n;

  while (!err)
    {
      n = read (fd, buf + len, LINELEN - len);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return gpg_error_from_syserror ();
      if (!n)
        break;
      len += (size_t) n;
      err = take_passwd_lines (w, buf, &len);
      if (!err && len == LINELEN)
        {
          w->place.line++;
          err = conf_fail (&w->place, "longer than %d bytes", LINELEN - 1);
        }
    }
  if (!err && len)
    {
      w->place.line++;
      err = conf_fail (&w->place, "the line has no end; add one");
    }
  return err;
}


gpg_error_t
passwd_walk (int fd, const char *path, passwd_take_t take, void *hook,
             char **r_message)
{
  struct walk w = { { path, 0, NULL, r_message }, take, hook, { 0 } };
  gpg_error_t err;
  char *buf;

  if (r_message)
    *r_message = NULL;
  if (regcomp (&w.strong, strong, REG_EXTENDED | REG_NOSUB))
    return gpg_error (GPG_ERR_ENOMEM);
  buf = secret_alloc (LINELEN + 1);
  err = buf ? walk_lines (&w, fd, buf) : gpg_error_from_syserror ();
  secret_release (buf);
  regfree (&w.strong);
  return err;
}


gpg_error_t
passwd_open (const char *dir, int *r_fd, char **r_message)
{
  gpg_error_t err;
  char *path;

  *r_fd = -1;
  if (asprintf (&path, "%s/" PASSWD_FILE, dir) < 0)
    return gpg_error_from_syserror ();
  err = conf_files_open_secret (path, r_fd, r_message);
  if (gpg_err_code (err) == GPG_ERR_ENOENT)
    {
      if (r_message)
        {
          free (*r_message);
          *r_message = NULL;
        }
      err = 0;
    }
  free (path);
  return err;
}


static gpg_error_t
keep_name (void *hook, const struct passwd_entry *entry)
{
  return strlist_append (hook, entry->name);
}


static gpg_error_t
check_repeats (struct strlist *names, const struct conf_place *place)
{
  size_t i;

  strlist_sort (names);
  for (i = 1; i < names->n; i++)
    if (!strcmp (names->item[i - 1], names->item[i]))
      return conf_fail (place, "'%s' is repeated; keep one of the two",
                        names->item[i]);
  return 0;
}


gpg_error_t
passwd_check (const char *dir, char **r_message)
{
  struct conf_place place = { NULL, 0, NULL, r_message };
  struct strlist names = { 0, NULL };
  gpg_error_t err;
  char *path = NULL;
  int fd;

  err = passwd_open (dir, &fd, r_message);
  if (err || fd < 0)
    return err;
  if (asprintf (&path, "%s/" PASSWD_FILE, dir) < 0)
    err = gpg_error_from_syserror ();
  place.file = path;
  if (!err)
    err = passwd_walk (fd, path, keep_name, &names, r_message);
  if (!err)
    err = check_repeats (&names, &place);
  strlist_release (&names);
  close (fd);
  free (path);
  return err;
}
