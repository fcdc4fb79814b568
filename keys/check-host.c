/* check-host.c - postern-keys check: files, the clock, a running posternd.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * doc/PRIVILEGES.md says who should own what.  The files of the
 * configuration themselves were checked when it was read.  */

#include "check.h"

#include <dirent.h>
#include <fnmatch.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include "../common/console.h"
#include "../common/encode.h"
#include "../server/role.h"
#include "text.h"

#define DEADLINE 60000          /* Milliseconds for one run of gpg.  */

/* How a folder and the files in it must be.  */
struct place
{
  bool state;                   /* Below the state's folder, or else the
                                   configuration's.  */
  const char *name;
  const char *user;             /* Its owner; NULL: root.  */
  const char *reader;           /* Whose group must be able to read; NULL:
                                   nobody's.  */
  mode_t forbidden;             /* Of the folder.  */
  mode_t file_forbidden;
};

static const struct place places[] =
  {
    { false, "", NULL, NULL, 022, 022 },
    { false, "/users.d", NULL, NULL, 022, 022 },
    { false, "/doors", NULL, NULL, 077, 077 },
    { true, "", NULL, NULL, 022, 022 },
    { true, "/root", NULL, NULL, 077, 022 },
    { true, "/unseal", ROLE_USER_UNSEAL, NULL, 077, 022 },
    { true, "/verify", NULL, ROLE_USER_VERIFY, 027, 022 },
    { true, "/decide", ROLE_USER_DECIDE, NULL, 077, 077 }
  };

/* A place with the ids of its users.  */
struct owners
{
  const struct place *place;
  uid_t uid;
  gid_t gid;
};


static bool
find_owners (struct check *check, struct owners *owners)
{
  const struct place *place = owners->place;
  const char *name = place->user ? place->user : place->reader;
  struct passwd *pw = name ? getpwnam (name) : NULL;

  owners->uid = pw && place->user ? pw->pw_uid : 0;
  owners->gid = pw ? pw->pw_gid : 0;
  if (!name || pw)
    return true;
  check_say (check, "no-user", name, "there is no such system user;"
             " 'systemd-sysusers' makes it");
  return false;
}


/* WANTED: what the reader's group needs.  */
static void
check_one (struct check *check, const struct owners *owners,
           const char *path, const struct stat *st, mode_t forbidden,
           mode_t wanted)
{
  const struct place *place = owners->place;
  unsigned int mode = st->st_mode & 07777;

  if (st->st_uid != owners->uid)
    check_say (check, "file-owner", path, "it belongs to another user;"
               " run 'chown %s %s'", place->user ? place->user : "root",
               path);
  else if (mode & forbidden)
    check_say (check, "file-mode", path, "others can do too much (mode"
               " %04o); run 'chmod %04o %s'", mode, mode & ~forbidden, path);
  else if (place->reader && (st->st_gid != owners->gid
                             || (mode & wanted) != wanted))
    check_say (check, "file-mode", path, "%s cannot read it; run 'chgrp %s"
               " %s' and 'chmod g+r %s'", place->reader, place->reader, path,
               path);
}


/* In a folder that is not root's somebody else chose the names: what we tell
   to run must not be theirs.  */
static bool
is_plain (const char *name)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,._~-";

  return strspn (name, plain) == strlen (name);
}


/* NAME in FOLDER, both of which make PATH.  */
static void
check_entry (struct check *check, const struct owners *owners,
             const char *folder, const char *name, const char *path)
{
  struct stat st;

  /* One that is gone by now was a lock.  */
  if (lstat (path, &st) || !S_ISREG (st.st_mode))
    return;
  if (!is_plain (name))
    {
      check_say (check, "odd-name", folder, "a file in it has a name that"
                 " Postern gives none; look with 'ls -b'");
      return;
    }
  if (!fnmatch ("*.conf.??????", path, 0)
      || !fnmatch ("*.key.??????", path, 0)
      || !fnmatch ("*.previous.??????", path, 0))
    check_say (check, "left-over", path, "a command that was interrupted"
               " left it; remove it");
  check_one (check, owners, path, &st, owners->place->file_forbidden, 040);
}


static void
check_entries (struct check *check, const struct owners *owners,
               const char *folder)
{
  DIR *dir = opendir (folder);
  struct dirent *entry;
  char *path;

  while (dir && (entry = readdir (dir)))
    {
      if (*entry->d_name == '.')
        continue;
      path = gpgrt_bsprintf ("%s/%s", folder, entry->d_name);
      if (path)
        check_entry (check, owners, folder, entry->d_name, path);
      gpgrt_free (path);
    }
  if (dir)
    closedir (dir);
}


static void
check_place (struct check *check, const struct place *place)
{
  struct owners owners = { place, 0, 0 };
  struct stat st;
  char *path;

  path = gpgrt_bsprintf ("%s%s", place->state ? check->config->state
                         : check->config->dir, place->name);
  if (!path || !find_owners (check, &owners))
    goto leave;
  if (stat (path, &st))
    check_say (check, "missing", path, "it is not there; 'postern-keys init'"
               " makes it");
  else
    {
      check_one (check, &owners, path, &st, place->forbidden, 050);
      check_entries (check, &owners, path);
    }

 leave:
  gpgrt_free (path);
}


/* gpg must go by our options in the homes.  */
static void
check_home (struct check *check, const char *name)
{
  char *home = config_state_path (check->config, name);

  if (home && pgp_home_check (home))
    check_say (check, "home-options", home, "its gpg.conf is not what"
               " Postern wrote; put the lines back that are missing");
  free (home);
}


void
check_files (struct check *check)
{
  size_t i;

  for (i = 0; i < sizeof places / sizeof *places; i++)
    check_place (check, places + i);
  check_home (check, "unseal");
  check_home (check, "verify");
}


void
check_server_key (struct check *check)
{
  char *home = config_state_path (check->config, "root");
  const char *fpr = check->config->server_fpr;
  char date[TEXT_TIMELEN];
  pgp_t root = NULL;
  pgp_key_t key = NULL;

  if (!home || pgp_new (PGP_SERVER, home, DEADLINE, &root)
      || pgp_key_find (root, fpr, false, &key))
    check_say (check, "server-key", fpr, "the server's key is not in %s",
               home ? home : "its home");
  else if (key->revoked || key->expired)
    check_say (check, "server-key", fpr, "the server's key %s",
               key->revoked ? "is revoked" : "has expired");
  else if (check_is_near (check, key->expires))
    check_say (check, "server-key", fpr, "the server's key ends on %s",
               text_date (key->expires, date));
  pgp_key_release (key);
  pgp_release (root);
  free (home);
}


/* Requests carry the time; so does everybody else's clock.  */
void
check_clock (struct check *check)
{
  struct timex timex;
  int state;

  memset (&timex, 0, sizeof timex);
  state = adjtimex (&timex);
  if (state == TIME_ERROR || (state >= 0 && (timex.status & STA_UNSYNC)))
    check_say (check, "clock", "clock", "it is not synchronised; let"
               " systemd-timesyncd, chrony or ntpd run");
}


static gpg_error_t
take_status (void *hook, const char *line)
{
  json_error_t error;
  json_t **r_status = hook;

  json_decref (*r_status);
  *r_status = json_loads (line, 0, &error);
  return *r_status ? 0 : gpg_error (GPG_ERR_INV_RESPONSE);
}


static void
check_status (struct check *check, json_t *status)
{
  char hash[2 * CONFIG_HASHLEN + 1];
  const char *running, *clock;

  running = json_string_value (json_object_get (status, "config"));
  clock = json_string_value (json_object_get (status, "clock"));
  encode_hex (check->config->hash, CONFIG_HASHLEN, hash);
  if (running && strcmp (running, hash))
    check_say (check, "not-reloaded", "posternd", "it goes by what the files"
               " said before; run 'posternctl reload'");
  if (clock && strcmp (clock, "steady"))
    check_say (check, "clock", "posternd", "its clock is %s", clock);
}


void
check_running (struct check *check)
{
  json_t *status = NULL;
  console_t console;

  if (console_open (check->config->runtime, &console))
    return;
  if (console_ask (console, "STATUS", take_status, &status, NULL))
    check_say (check, "no-answer", "posternd", "it does not answer");
  else
    check_status (check, status);
  json_decref (status);
  console_close (console);
}
