/* doctor-here.c - postern doctor: the checks of this machine.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They send nothing.  */

#include "doctor.h"

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/pgp/pgp.h"
#include "../../common/base/secret.h"
#include "../ask/noreply.h"
#include "../date.h"


/* The folder is the person's alone, and the door key can be read.  */
static void
check_profile (struct doctor *d, struct doctor_finding *finding)
{
  const char *dir = profile_dir (d->profile);
  unsigned char *key = secret_alloc (INVITE_DOORLEN);
  char *message = NULL;
  struct stat st;

  if (!key || profile_door_key (d->profile, d->host, key, &message))
    {
      d->blocked = true;
      doctor_find (finding, DOCTOR_BAD, EX_CONFIG, message ? message
                   : gpgrt_bsprintf ("the door key cannot be read"),
                   gpgrt_bsprintf ("correct its mode, or ask for a fresh"
                                   " invite and 'postern join' it"));
    }
  else if (!stat (dir, &st) && st.st_mode & 077)
    doctor_find (finding, DOCTOR_NOTE, EX_OK,
                 gpgrt_bsprintf ("'%s' is open to others", dir),
                 gpgrt_bsprintf ("chmod 700 '%s'", dir));
  else
    finding->says = gpgrt_bsprintf ("'%s'", dir);
  secret_release (key);
}


/* gpg is there, and so is its agent.  What it knows of the keys is kept for
   the checks that follow.  */
static void
check_gpg (struct doctor *d, struct doctor_finding *finding)
{
  const struct profile_host *const list[] = { d->host };
  server_keys_t keys = NULL;
  const char *path;
  gpg_error_t err;
  bool bad;

  err = pgp_engine_check (&path);
  if (err)
    {
      d->blocked = true;
      doctor_find (finding, DOCTOR_BAD, EX_UNAVAILABLE,
                   gpgrt_bsprintf ("'%s' cannot be run: %s", path,
                                   gpg_strerror (err)),
                   gpgrt_bsprintf ("install GnuPG (the package gnupg)"));
      return;
    }
  err = server_keys_new (d->profile, list, 1, &keys);
  if (!err)
    host_warnings_look (keys, d->host, &d->keys);
  server_keys_release (keys);
  bad = err || !strcmp (d->keys.own.state, "unknown");
  d->blocked |= bad;
  if (bad)
    doctor_find (finding, DOCTOR_BAD, EX_UNAVAILABLE,
                 gpgrt_bsprintf ("gpg-agent does not run and gpg cannot start"
                                 " it"),
                 gpgrt_bsprintf ("'gpg-agent --daemon' starts it, or says why"
                                 " not"));
  else
    finding->says = gpgrt_bsprintf ("'%s' and its agent run", path);
}


/* TEXT says what is wrong, or soon will be; NULL: all is well until ENDS.  */
static void
find_end (struct doctor_finding *finding, char *text, bool bad, int status,
          uint64_t ends)
{
  char date[DATE_LEN], *semicolon = text ? strchr (text, ';') : NULL;

  if (semicolon)
    *semicolon = 0;
  if (text)
    doctor_find (finding, bad ? DOCTOR_BAD : DOCTOR_NOTE, status, text,
                 semicolon ? gpgrt_bsprintf ("%s", semicolon + 2) : NULL);
  else
    finding->says = gpgrt_bsprintf (ends ? "good until %s"
                                    : "good; does not expire",
                                    date_text (ends, date));
}


static void
find_key (struct doctor *d, struct doctor_finding *finding,
          const struct host_key *key,
          char *(*warn) (const struct profile_host *host,
                         const struct host_key *key, time_t now), int status)
{
  bool bad = key->state && strcmp (key->state, "good");

  if (!key->state || d->clock_behind)
    {
      doctor_skip (finding, "not checked");
      return;
    }
  d->blocked |= bad;
  find_end (finding, warn (d->host, key, time (NULL)), bad, status,
            key->expires);
}


static void
check_own_key (struct doctor *d, struct doctor_finding *finding)
{
  find_key (d, finding, &d->keys.own, host_warnings_own, EX_NOUSER);
}


static void
check_stored_key (struct doctor *d, struct doctor_finding *finding)
{
  find_key (d, finding, &d->keys.server, host_warnings_server, EX_CONFIG);
}


static void
check_door_key (struct doctor *d, struct doctor_finding *finding)
{
  time_t now = time (NULL);
  bool bad = d->host->door_ends && d->host->door_ends <= (uint64_t) now;

  d->blocked |= bad;
  find_end (finding, host_warnings_door (d->host, now), bad, EX_CONFIG,
            d->host->door_ends);
}


static void
check_own_clock (struct doctor *d, struct doctor_finding *finding)
{
  char stamp[DATE_TIMELEN], joined[DATE_TIMELEN];
  time_t now = time (NULL);

  date_time (now, stamp);
  if (d->host->joined > (uint64_t) now)
    {
      d->blocked = d->clock_behind = true;
      doctor_find (finding, DOCTOR_BAD, EX_UNAVAILABLE,
                   gpgrt_bsprintf ("behind: it shows %s; you joined at %s",
                                   stamp,
                                   date_time ((time_t) d->host->joined,
                                              joined)),
                   gpgrt_bsprintf ("correct it; 'timedatectl set-ntp true'"
                                   " keeps it correct"));
    }
  else if (noreply_clock_is_free ())
    doctor_find (finding, DOCTOR_NOTE, EX_OK,
                 gpgrt_bsprintf ("not synchronised; it shows %s", stamp),
                 gpgrt_bsprintf ("compare it; 'timedatectl set-ntp true'"
                                 " keeps it correct"));
  else
    finding->says = gpgrt_bsprintf ("synchronised; it shows %s", stamp);
}


static void
check_new_subkey (struct doctor *d, struct doctor_finding *finding)
{
  uint64_t made = d->keys.own.state
    ? noreply_newer_part (d->host->signer, d->host->joined) : 0;
  char date[DATE_LEN];

  if (!made)
    finding->says = gpgrt_bsprintf ("no signing subkey is newer than your"
                                    " joining");
  else
    doctor_find (finding, DOCTOR_NOTE, EX_OK,
                 gpgrt_bsprintf ("a signing subkey of %s is newer than your"
                                 " joining", date_text (made, date)),
                 gpgrt_bsprintf ("give the administrator the output of 'gpg"
                                 " --export %s'", d->host->signer));
}


static const struct doctor_check checks[] =
  {
    { "profile", check_profile },
    { "gpg", check_gpg },
    { "clock", check_own_clock },       /* Before the keys, which expire.  */
    { "your key", check_own_key },
    { "subkeys", check_new_subkey },
    { "server key", check_stored_key },
    { "door key", check_door_key },
    { "names", doctor_names },
    { "route", doctor_mtu },
    { "probe", doctor_probe }
  };


const struct doctor_check *
doctor_check (size_t i)
{
  return i < sizeof checks / sizeof *checks ? checks + i : NULL;
}
