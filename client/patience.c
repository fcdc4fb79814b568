/* patience.c - gpg for a person, who learns what it waits for.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg waits for its locks indefinitely, and nobody sees what it says about
 * that.  A lock of dotlock.c's is a file whose first line is a process id
 * and whose second is the name of a host; if that process is gone, or its
 * id has become another's, or the host is another, the file stays.  */

#include "patience.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../common/base/file.h"
#include "../common/base/log.h"
#include "progress.h"

#define TELL_AFTER 3            /* Seconds.  */
#define MAX_LOCK 256            /* Bytes of such a file.  */
#define SUFFIX ".lock"


/* A description of the lock file NAME in HOME; NULL: it is not one.  */
static char *
describe_lock (const char *home, const char *name)
{
  char *path = gpgrt_bsprintf ("%s/%s", home, name), *line = NULL;
  char here[256] = "", *node;
  unsigned char *text = NULL;
  size_t len;
  long pid;

  if (path && !file_read_plain (path, MAX_LOCK, &text, &len)
      && len && (pid = strtol ((char *) text, &node, 10)) > 0)
    {
      node += strspn (node, "\n ");
      node[strcspn (node, "\n")] = 0;
      gethostname (here, sizeof here - 1);
      if (*node && strcmp (node, here))
        line = gpgrt_bsprintf ("'%s', held by process %ld on %s; if none of"
                               " yours runs there, remove that file", path,
                               pid, node);
      else if (kill ((pid_t) pid, 0) && errno == ESRCH)
        line = gpgrt_bsprintf ("'%s', left by process %ld, which is gone;"
                               " remove that file", path, pid);
      else
        line = gpgrt_bsprintf ("'%s', held by process %ld; see 'ps %ld', and"
                               " if that is not of GnuPG, remove the file",
                               path, pid, pid);
    }
  free (text);
  gpgrt_free (path);
  return line;
}


static void
tell_locks (const char *home)
{
  DIR *dir = opendir (home);
  struct dirent *entry;
  size_t len;
  char *line;

  while (dir && (entry = readdir (dir)))
    {
      len = strlen (entry->d_name);
      if (len <= strlen (SUFFIX)
          || strcmp (entry->d_name + len - strlen (SUFFIX), SUFFIX))
        continue;
      line = describe_lock (home, entry->d_name);
      if (line)
        {
          progress_clear ();
          log_warn ("gpg waits for the lock %s", line);
        }
      gpgrt_free (line);
    }
  if (dir)
    closedir (dir);
}


/* Called once a second.  */
static void
on_waiting (const char *home, unsigned int seconds)
{
  if (seconds == TELL_AFTER)
    tell_locks (home);
}


gpg_error_t
patience_pgp (pgp_t *r_pgp)
{
  gpg_error_t err = pgp_new (PGP_PERSON, NULL, 0, r_pgp);

  if (!err)
    pgp_watch (*r_pgp, on_waiting);
  return err;
}


void
patience_card (pgp_t pgp, const char *signer)
{
  struct pgp_part *parts = NULL;
  size_t i, n = 0;

  if (!progress_wanted () || pgp_secret_parts (pgp, signer, &parts, &n))
    return;
  for (i = 0; i < n; i++)
    if (parts[i].signs && parts[i].where == PGP_ON_CARD)
      {
        progress_show ("your key is on a card: touch your token if it"
                       " blinks");
        break;
      }
  free (parts);
}
