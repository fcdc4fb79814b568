/* places.c - Check who owns and can write what Postern keeps.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The files of the configuration themselves are checked when they are read.
 * Nothing here may change a file or follow a link below the state.  */

#include "places.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/base/file.h"
#include "../../common/base/log.h"
#include "role.h"

/* How a folder and the files in it must be.  */
struct place
{
  bool state;                   /* Below the folder of the state, or else
                                   of the configuration.  */
  bool optional;
  const char *name;
  const char *user;             /* Its owner; NULL: root.  */
  const char *reader;           /* Whose group must be able to read it;
                                   NULL: none.  */
  mode_t forbidden;             /* Of the folder.  */
  mode_t file_forbidden;
};

static const struct place places[] =
  {
    { false, false, "", NULL, NULL, 022, 022 },
    { false, false, "/users.d", NULL, NULL, 022, 022 },
    { false, false, "/doors", NULL, NULL, 077, 077 },
    { true, false, "", NULL, NULL, 022, 022 },
    { true, false, "/root", NULL, NULL, 077, 022 },
    { true, false, "/agent", ROLE_USER_AGENT, NULL, 077, 022 },
    { true, false, "/muster", NULL, ROLE_USER_MUSTER, 027, 022 },
    { true, false, "/decide", ROLE_USER_DECIDE, NULL, 077, 077 },
    { true, true, "/act", NULL, NULL, 077, 077 },
    { true, true, "/last", NULL, NULL, 077, 022 },
    /* The secret keys in GnuPG's homes.  */
    { true, true, "/root/private-keys-v1.d", NULL, NULL, 077, 077 },
    { true, true, "/agent/private-keys-v1.d", ROLE_USER_AGENT, NULL, 077,
      077 },
    { true, true, "/root/public-keys.d", NULL, NULL, 022, 022 },
    { true, true, "/agent/public-keys.d", ROLE_USER_AGENT, NULL, 022, 022 },
    { true, true, "/muster/public-keys.d", NULL, ROLE_USER_MUSTER, 022, 022 }
  };

struct looking
{
  config_t config;
  places_tell tell;
  void *hook;
  const struct place *place;
  uid_t uid;                    /* Of its owner.  */
  gid_t gid;                    /* Of its reader.  */
  bool harmless;
  char *foreign;                /* A folder that others own, with a slash;
                                   nothing below it is reported.  */
};


static void GPGRT_ATTR_PRINTF (4, 5)
tell (const struct looking *looking, const char *kind, const char *what,
      const char *format, ...)
{
  struct places_finding finding = { kind, what, kind, looking->harmless };
  va_list args;
  char *text;

  va_start (args, format);
  text = gpgrt_vbsprintf (format, args);
  va_end (args);
  if (text)
    finding.text = text;
  looking->tell (looking->hook, &finding);
  gpgrt_free (text);
}


static bool
find_owners (struct looking *looking)
{
  const struct place *place = looking->place;
  const char *name = place->user ? place->user : place->reader;
  struct passwd *pw = name ? getpwnam (name) : NULL;

  looking->uid = pw && place->user ? pw->pw_uid : 0;
  looking->gid = pw ? pw->pw_gid : 0;
  if (!name || pw)
    return true;
  tell (looking, "no-user", name, "there is no such system user;"
        " 'systemd-sysusers' makes it");
  return false;
}


/* Check owner and mode.  WANTED is what the reader's group needs.  */
static void
check_one (const struct looking *looking, const char *path,
           const struct stat *st, mode_t forbidden, mode_t wanted)
{
  const struct place *place = looking->place;
  unsigned int mode = st->st_mode & 07777;

  if (st->st_uid != looking->uid)
    tell (looking, "file-owner", path, "it belongs to another user;"
          " run 'chown %s %s'", place->user ? place->user : "root", path);
  else if (mode & forbidden)
    tell (looking, "file-mode", path, "others can do too much (mode"
          " %04o); run 'chmod %04o %s'", mode, mode & ~forbidden, path);
  else if (place->reader && (st->st_gid != looking->gid
                             || (mode & wanted) != wanted))
    tell (looking, "file-mode", path, "%s cannot read it; run 'chgrp %s"
          " %s' and 'chmod g+r %s'", place->reader, place->reader, path,
          path);
}


/* A state that was restored from another host has the user numbers of that
   host.  True if FOLDER is such a one; this is reported once for everything
   below it.  */
static bool
is_foreign (struct looking *looking, const char *folder,
            const struct stat *st)
{
  const struct place *place = looking->place;

  if (place->user && st->st_uid != looking->uid)
    tell (looking, "file-owner", folder, "it belongs to another user (uid"
          " %u), as after a restore where %s has another number; run"
          " 'chown -R %s: %s'", (unsigned int)st->st_uid, place->user,
          place->user, folder);
  else if (place->reader && !st->st_uid && st->st_gid != looking->gid)
    tell (looking, "file-mode", folder, "%s cannot read it (its group is %u),"
          " as after a restore where that has another number; run 'chgrp -R"
          " %s %s'", place->reader, (unsigned int)st->st_gid, place->reader,
          folder);
  else
    return false;
  gpgrt_free (looking->foreign);
  looking->foreign = gpgrt_bsprintf ("%s/", folder);
  return true;
}


static bool
is_below_foreign (const struct looking *looking, const char *path)
{
  return looking->foreign
         && !strncmp (path, looking->foreign, strlen (looking->foreign));
}


/* In a folder that does not belong to root, somebody else chose the names:
   they must not get into a command that we suggest to run.  */
static bool
is_plain (const char *name)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,._~-";

  return strspn (name, plain) == strlen (name);
}


/* True for scdaemon.conf of the agent: root's own file in the home of another
   user, which allows a smartcard.  posternd checks it when it is used.  */
static bool
is_apart (const struct looking *looking, const char *name)
{
  return looking->place->state && !strcmp (looking->place->name, "/agent")
    && !strcmp (name, "scdaemon.conf");
}


static void
check_left_over (struct looking *looking, const char *path)
{
  if (!file_is_temp (path))
    return;
  looking->harmless = true;
  tell (looking, "left-over", path, "an interrupted command left it behind;"
        " remove it");
  looking->harmless = false;
}


/* Check NAME in FOLDER; PATH is both together.  */
static void
check_entry (struct looking *looking, const char *folder, const char *name,
             const char *path)
{
  struct stat st;

  /* A file that has gone by now was a lock.  */
  if (lstat (path, &st) || is_apart (looking, name)
      || !(S_ISREG (st.st_mode)
           || (S_ISLNK (st.st_mode) && looking->place->state
               && *looking->place->name)))    /* Not a folder. */
    return;
  if (!is_plain (name))
    {
      looking->harmless = true;
      tell (looking, "odd-name", folder, "it has a file whose name Postern"
            " would never give; look with 'ls -b'");
      looking->harmless = false;
    }
  else if (S_ISLNK (st.st_mode))
    tell (looking, "symlink", path, "it is a symbolic link; put the file"
          " itself in its place");
  else
    {
      check_left_over (looking, path);
      check_one (looking, path, &st, looking->place->file_forbidden, 040);
    }
}


static void
check_entries (struct looking *looking, const char *folder)
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
        check_entry (looking, folder, entry->d_name, path);
      gpgrt_free (path);
    }
  if (dir)
    closedir (dir);
}


/* The folder of the configuration may be a symbolic link, because what counts
   is what was opened.  The folders of the state may not.  */
static void
check_folder (struct looking *looking, const char *path)
{
  struct stat st;

  if (looking->place->state ? lstat (path, &st) : stat (path, &st))
    {
      if (errno != ENOENT || !looking->place->optional)
        tell (looking, "missing", path, "%s; 'postern-keys init' makes it",
              errno == ENOENT ? "it does not exist" : strerror (errno));
    }
  else if (S_ISLNK (st.st_mode))
    tell (looking, "symlink", path, "it is a symbolic link; put the folder"
          " itself in its place, or let 'state' name where it leads");
  else if (!S_ISDIR (st.st_mode))
    tell (looking, "no-folder", path, "it is not a folder; move it away, and"
          " 'postern-keys init' makes one");
  else if (!looking->place->state || !is_foreign (looking, path, &st))
    {
      check_one (looking, path, &st, looking->place->forbidden, 050);
      check_entries (looking, path);
    }
}


/* unseal would know no key.  */
static void
check_encryption_keys (const struct looking *looking)
{
  const char *dir = looking->config->dir;
  char *path = looking->config->n_encryption_keys ? NULL
    : gpgrt_bsprintf ("%s/server.conf", dir);

  if (path)
    tell (looking, "no-encryption-keys", path, "it has no encryption-keys;"
          " 'postern-keys check --config %s' prints the line to add", dir);
  gpgrt_free (path);
}


void
places_check (config_t config, places_tell tell_fnc, void *hook)
{
  struct looking looking = { .config = config, .tell = tell_fnc,
                             .hook = hook };
  bool there = true;
  struct stat st;
  size_t i;
  char *path;

  if (places_check_folders (config, tell_fnc, hook))
    return;
  for (i = 0; there && i < sizeof places / sizeof *places; i++)
    {
      looking.place = places + i;
      path = gpgrt_bsprintf ("%s%s", places[i].state ? config->state
                             : config->dir, places[i].name);
      if (path && !is_below_foreign (&looking, path)
          && find_owners (&looking))
        check_folder (&looking, path);
      gpgrt_free (path);
      /* If the state does not exist at all, one line is enough.  */
      there = !places[i].state || *places[i].name
              || !lstat (config->state, &st);
    }
  if (there)
    {
      places_check_age (config, tell_fnc, hook);
      check_encryption_keys (&looking);
    }
  gpgrt_free (looking.foreign);
}


struct judging
{
  char **r_message;
  bool bad;
};


static void
judge_finding (void *hook, const struct places_finding *finding)
{
  struct judging *judging = hook;

  if (finding->harmless)
    return;
  if (!judging->r_message)
    log_error ("%s: %s", finding->what, finding->text);
  else if (!judging->bad
           && asprintf (judging->r_message, "%s: %s", finding->what,
                        finding->text) < 0)
    *judging->r_message = NULL;
  judging->bad = true;
}


bool
places_good (config_t config, char **r_message)
{
  struct judging judging = { r_message, false };

  if (r_message)
    *r_message = NULL;
  places_check (config, judge_finding, &judging);
  return !judging.bad;
}
