/* doctor-here.c - postern doctor: what can be looked at on this machine.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "doctor.h"

#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/pgp/pgp.h"
#include "../../common/base/secret.h"
#include "../ask/noreply.h"
#include "../patience.h"
#include "../date.h"


static void
find_bad (struct doctor_finding *finding, int status, char *says, char *cure)
{
  finding->state = DOCTOR_BAD;
  finding->status = status;
  finding->says = says;
  finding->cure = cure;
}


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
      find_bad (finding, EX_CONFIG, message ? message
                : gpgrt_bsprintf ("the door key cannot be read"),
                gpgrt_bsprintf ("set its mode right, or ask for a fresh"
                                " invite and 'postern join' it"));
      message = NULL;
    }
  else if (!stat (dir, &st) && st.st_mode & 077)
    {
      finding->state = DOCTOR_NOTE;
      finding->says = gpgrt_bsprintf ("'%s' is open to others", dir);
      finding->cure = gpgrt_bsprintf ("chmod 700 '%s'", dir);
    }
  else
    finding->says = gpgrt_bsprintf ("'%s'", dir);
  gpgrt_free (message);
  secret_release (key);
}


/* gpg is there, and so is its agent.  What it knows of the keys is kept.  */
static void
check_gpg (struct doctor *d, struct doctor_finding *finding)
{
  const struct profile_host *const list[] = { d->host };
  host_warnings_t look = NULL;
  const char *path;
  gpg_error_t err;

  err = pgp_engine_check (&path);
  if (err)
    {
      d->blocked = true;
      find_bad (finding, EX_UNAVAILABLE,
                gpgrt_bsprintf ("'%s' cannot be run: %s", path,
                                gpg_strerror (err)),
                gpgrt_bsprintf ("install GnuPG (the package gnupg)"));
      return;
    }
  err = host_warnings_new (d->profile, list, 1, &look);
  if (!err)
    host_warnings_look (look, d->host, &d->keys);
  host_warnings_release (look);
  if (err || !strcmp (d->keys.own.state, "unknown"))
    {
      d->blocked = true;
      find_bad (finding, EX_UNAVAILABLE,
                gpgrt_bsprintf ("gpg-agent does not run and gpg cannot start"
                                " it"),
                gpgrt_bsprintf ("'gpg-agent --daemon' starts it, or tells why"
                                " not"));
      return;
    }
  finding->says = gpgrt_bsprintf ("'%s' and its agent run", path);
}


/* TEXT is what is wrong, or soon will be; NULL: all is well until ENDS.  */
static void
find_end (struct doctor_finding *finding, char *text, bool bad, int status,
          uint64_t ends)
{
  char date[DATE_LEN], *semicolon;

  finding->status = status;
  if (!text)
    {
      finding->says = gpgrt_bsprintf (ends ? "good until %s"
                                      : "good, and does not end",
                                      date_text (ends, date));
      return;
    }
  finding->state = bad ? DOCTOR_BAD : DOCTOR_NOTE;
  semicolon = strchr (text, ';');
  if (semicolon)
    {
      *semicolon = 0;
      finding->cure = gpgrt_bsprintf ("%s", semicolon + 2);
    }
  finding->says = text;
}


static void
check_key (struct doctor *d, struct doctor_finding *finding)
{
  const struct host_key *own = &d->keys.own;
  bool bad = own->state && strcmp (own->state, "good");

  if (!own->state || d->clock_behind)
    {
      finding->state = DOCTOR_SKIPPED;
      finding->says = gpgrt_bsprintf ("not looked at");
      return;
    }
  d->blocked |= bad;
  find_end (finding, host_warnings_own (d->host, own, time (NULL)), bad,
            EX_NOUSER, own->expires);
}


static void
check_server (struct doctor *d, struct doctor_finding *finding)
{
  const struct host_key *server = &d->keys.server;
  bool bad = server->state && strcmp (server->state, "good");

  if (!server->state || d->clock_behind)
    {
      finding->state = DOCTOR_SKIPPED;
      finding->says = gpgrt_bsprintf ("not looked at");
      return;
    }
  d->blocked |= bad;
  find_end (finding, host_warnings_server (d->host, server, time (NULL)),
            bad, EX_CONFIG, server->expires);
}


static void
check_door (struct doctor *d, struct doctor_finding *finding)
{
  time_t now = time (NULL);
  bool bad = d->host->door_ends && d->host->door_ends <= (uint64_t) now;

  d->blocked |= bad;
  find_end (finding, host_warnings_door (d->host, now), bad, EX_CONFIG,
            d->host->door_ends);
}


static void
print_time (time_t when, char text[40])
{
  struct tm tm;

  if (!localtime_r (&when, &tm) || !strftime (text, 40, "%F %T %z", &tm))
    memcpy (text, "?", 2);
}


static void
check_clock (struct doctor *d, struct doctor_finding *finding)
{
  char stamp[40], joined[40];
  time_t now = time (NULL);

  print_time (now, stamp);
  if (d->host->joined > (uint64_t) now)
    {
      d->blocked = d->clock_behind = true;
      print_time ((time_t) d->host->joined, joined);
      find_bad (finding, EX_UNAVAILABLE,
                gpgrt_bsprintf ("behind: it shows %s; you joined at %s", stamp,
                                joined),
                gpgrt_bsprintf ("set it right; 'timedatectl set-ntp true'"
                                " keeps it so"));
      return;
    }
  if (!noreply_clock_is_free ())
    {
      finding->says = gpgrt_bsprintf ("synchronised; it shows %s", stamp);
      return;
    }
  finding->state = DOCTOR_NOTE;
  finding->says = gpgrt_bsprintf ("not synchronised; it shows %s", stamp);
  finding->cure = gpgrt_bsprintf ("compare it; 'timedatectl set-ntp true'"
                                  " keeps it right");
}


static void
check_subkey (struct doctor *d, struct doctor_finding *finding)
{
  uint64_t made = d->keys.own.state
    ? noreply_newer_part (d->host->signer, d->host->joined) : 0;
  char date[DATE_LEN];

  if (!made)
    {
      finding->says = gpgrt_bsprintf ("none that signs is newer than your"
                                      " joining");
      return;
    }
  finding->state = DOCTOR_NOTE;
  finding->says = gpgrt_bsprintf ("one of %s signs, and is newer than your"
                                  " joining", date_text (made, date));
  finding->cure = gpgrt_bsprintf ("give the administrator what 'gpg --export"
                                  " %s' writes", d->host->signer);
}


static const struct doctor_check checks[] =
  {
    { "profile", check_profile },
    { "gpg", check_gpg },
    { "clock", check_clock },   /* By it keys are good or not.  */
    { "your key", check_key },
    { "subkeys", check_subkey },
    { "server key", check_server },
    { "door key", check_door },
    { "names", doctor_names },
    { "route", doctor_mtu },
    { "probe", doctor_probe }
  };


const struct doctor_check *
doctor_check (size_t i)
{
  return i < sizeof checks / sizeof *checks ? checks + i : NULL;
}
