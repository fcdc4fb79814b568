/* postern.c - The client.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../common/base/log.h"
#include "../common/base/meant.h"
#include "../common/pgp/pgp.h"
#include "../common/base/secret.h"
#include "client-complete.h"
#include "verbs/verbs.h"

#define SECRET_POOL 131072      /* An invite's two copies and keys.  */


static int
print_help (void)
{
  const struct verb *verb;
  size_t i;

  puts ("Usage: postern VERB ARGUMENTS...\n"
        "Open a server's doors with one signed packet.\n");
  for (i = 0; (verb = verb_get (i)); i++)
    printf ("  %-8s %s\n", verb->name, verb->summary);
  puts ("\n'postern VERB --help' tells more; so does postern(1).  Shells ask"
        "\n'postern --complete WORD...' what may be typed next.");
  return EX_OK;
}


static int
unknown_verb (const char *name)
{
  struct meant_name meant;
  size_t i;

  meant_name_start (&meant, name);
  for (i = 0; verb_get (i); i++)
    meant_name_offer (&meant, verb_get (i)->name);
  meant_no_verb ("postern", &meant);
  return EX_USAGE;
}


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
start (void)
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
  const struct verb *verb;
  struct options options;
  int rc;

  log_init ("postern", 0);
  if (argc < 2)
    {
      log_error ("no verb given; try 'postern --help'");
      return EX_USAGE;
    }
  if (!strcmp (argv[1], "--help") || !strcmp (argv[1], "-h"))
    return log_close_stdout (print_help ());
  if (!strcmp (argv[1], "--version"))
    {
      puts ("postern " PACKAGE_VERSION);
      return EX_OK;
    }
  if (!strcmp (argv[1], "--complete"))
    return complete_words (argv + 2, (size_t) argc - 2);
  verb = verb_find (argv[1]);
  if (!verb)
    return unknown_verb (argv[1]);
  rc = options_parse (verb->name, verb->options, argc - 1, argv + 1,
                      &options);
  if (rc < 0)
    rc = start ();
  return log_close_stdout (rc < 0 ? verb->handler (&options) : rc);
}
