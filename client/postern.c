/* postern.c - The client.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../common/base/log.h"
#include "../common/pgp/pgp.h"
#include "../common/base/secret.h"
#include "client-complete.h"
#include "verbs/verbs.h"

#define SECRET_POOL 131072      /* An invite's two copies and keys.  */


/* Pinentry asks on the terminal that GPG_TTY names.  */
static void
set_gpg_tty (void)
{
  const char *tty;

  if (getenv ("GPG_TTY"))
    return;
  tty = ttyname (STDIN_FILENO);
  if (!tty)
    tty = ttyname (STDERR_FILENO);
  if (tty)
    setenv ("GPG_TTY", tty, 1);
}


static int
start_client (void)
{
  gpg_error_t err;

  umask (077);
  signal (SIGPIPE, SIG_IGN);
  set_gpg_tty ();
  err = secret_init (SECRET_POOL);
  if (err)
    log_error ("%s", secret_why (err));
  else if ((err = pgp_init ()))
    log_error ("start: %s", gpg_strerror (err));
  return err ? log_exit_code (err) : -1;
}


int
main (int argc, char **argv)
{
  const struct kit_verb *verb;
  struct options options;
  int rc;

  log_init ("postern", 0);
  if (argc > 1 && !strcmp (argv[1], "--complete"))
    return complete_words (argv + 2, (size_t) argc - 2);
  rc = kit_begin (&verbs_program, &argc, &argv, &verb);
  if (rc < 0)
    rc = options_parse (verb, argc, argv, &options);
  if (rc < 0)
    rc = start_client ();
  if (rc < 0)
    rc = ((const struct verb *) verb)->handler (&options);
  return log_close_stdout (rc);
}
