/* posternd-check.c - What --check says, and what must be right for a start.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It changes nothing.  */

#include "posternd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/wrap.h"
#include "../advise/advise.h"
#include "../role/places.h"
#include "../store/machine.h"


int
check_surroundings (struct posternd *posternd)
{
  bool good = places_good (posternd->config, NULL);
  char *message;

  if (runtime_check_volatile (posternd->config, &message))
    {
      log_error ("%s", message? message : "out of memory");
      free (message);
      return EX_CONFIG;
    }
  return good && runtime_has_key (posternd)? EX_OK : EX_CONFIG;
}


/* The last good table is below the configured state folder, but a start that
   cannot read the configuration looks below the other one.  */
static void
warn_of_state (struct posternd *posternd)
{
  const char *state = posternd->config->state;
  char *text;

  if (!strcmp (state, posternd->state))
    return;
  text = gpgrt_bsprintf ("Warning: a start that cannot read the configuration"
                         " looks for the last good table in %s, and 'state'"
                         " is %s. Start posternd with '--state %s', and the"
                         " early unit too.\n", posternd->state, state, state);
  wrap_lines (stdout, text? text : "");
  gpgrt_free (text);
}


gpg_error_t
check_differences (config_t old, config_t new, char **r_text, size_t *r_n)
{
  size_t len;
  FILE *fp = open_memstream (r_text, &len);
  gpg_error_t err = fp ? advise_differ (old, new, fp, r_n)
    : gpg_error_from_syserror ();

  if (fp && fclose (fp) && !err)
    err = gpg_error_from_syserror ();
  return err;
}


/* In words, how CONFIG differs from the one in DIR.  */
static int
check_against (config_t config, const char *dir)
{
  config_t old = NULL;
  char *message = NULL, *text = NULL;
  gpg_error_t err;
  size_t n = 0;

  err = config_load (dir, &old, &message);
  if (err)
    {
      log_error ("--against: %s", message? message : gpg_strerror (err));
      free (message);
      return EX_CONFIG;
    }
  printf ("\nAgainst %s:\n", dir);
  err = check_differences (old, config, &text, &n);
  config_release (old);
  if (err)
    log_error ("--against: %s", gpg_strerror (err));
  else
    wrap_lines (stdout, n? text : "no difference\n");
  free (text);
  return err? EX_OSERR : EX_OK;
}


/* Only a warning: a backup that was restored elsewhere looks the same.  */
static void
warn_of_machine (struct posternd *posternd)
{
  const char *state = posternd->config->state;
  char *text = machine_objection (state);
  char *line = text? gpgrt_bsprintf ("Warning: %s: %s.\n", state, text)
    : NULL;

  wrap_lines (stdout, line? line : "");
  gpgrt_free (line);
  gpgrt_free (text);
}


static gpg_error_t
print_report (config_t config)
{
  char *text = NULL;
  gpg_error_t err;
  int warnings;
  size_t len;
  FILE *fp = open_memstream (&text, &len);

  err = fp? advise_report (config, getenv ("SSH_CONNECTION"), time (NULL),
                           fp, &warnings) : gpg_error_from_syserror ();
  if (fp && fclose (fp) && !err)
    err = gpg_error_from_syserror ();
  if (!err)
    wrap_lines (stdout, text);
  if (!err && (fflush (stdout) || ferror (stdout)))
    err = gpg_error_from_errno (errno? errno : EIO);
  free (text);
  return err;
}


static int
check_in_words (struct posternd *posternd, const struct check_how *how)
{
  const struct advise_firewall asked =
    { posternd->libexec, posternd->dir, how->dump, posternd->verbose, true };
  gpg_error_t err;
  int code;

  code = check_surroundings (posternd);
  if (code)
    return code;
  err = how->dump? advise_dump (posternd->config, stdout) : 0;
  if (!err)
    err = print_report (posternd->config);
  if (err)
    {
      log_error ("cannot write: %s", gpg_strerror (err));
      return EX_IOERR;
    }
  warn_of_state (posternd);
  warn_of_machine (posternd);
  code = advise_firewall (&asked);
  if (!code && how->against)
    code = check_against (posternd->config, how->against);
  return code;
}


/* Keep the text from stdout and take its warnings, to which act adds its
   own.  */
static int
check_json (struct posternd *posternd, const struct check_how *how)
{
  int fd = memfd_create ("check", MFD_CLOEXEC);
  int out = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  FILE *text = fd < 0? NULL : fdopen (fd, "r");
  int code = EX_OSERR;
  gpg_error_t err;

  if (text && out >= 0 && dup2 (fd, STDOUT_FILENO) >= 0)
    {
      code = check_in_words (posternd, how);
      if (fflush (stdout) || dup2 (out, STDOUT_FILENO) < 0)
        code = EX_IOERR;
    }
  if (!code)
    {
      err = advise_json (posternd->config, time (NULL), text, stdout);
      if (err)
        log_error ("cannot write: %s", gpg_strerror (err));
      code = err? EX_IOERR : EX_OK;
    }
  else if (!text || out < 0)
    log_error ("--json: %s", strerror (errno));
  if (text)
    fclose (text);
  if (out >= 0)
    close (out);
  return code;
}


int
check_configuration (struct posternd *posternd, const struct check_how *how)
{
  return how->json? check_json (posternd, how) : check_in_words (posternd, how);
}
