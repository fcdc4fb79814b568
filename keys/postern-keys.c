/* postern-keys.c - Enrolment: who may come, and with which key.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../common/log.h"
#include "../common/pgp.h"
#include "../common/secret.h"
#include "verbs.h"

struct verb
{
  const char *name;
  int (*handler) (int argc, char **argv);
  const char *arguments;
  const char *summary;
  const char *options;
};

static const struct verb verbs[] =
  {
    { "init", init_verb, "NAME [--address ADDRESS]...",
      "Make this host's keys, folders and a first configuration",
      "  --address ADDRESS   where people reach this host (repeat for more)\n"
      "  --interface NAME    listen there (repeat; default: any)\n"
      "  --port N            UDP port of the packets (default: 62201)\n"
      "  --protect PORTS     shut these (default: tcp/22; 'none' for none)\n"
      "  --config DIR        instead of " POSTERN_SYSCONFDIR "\n"
      "  --state DIR         instead of " POSTERN_STATEDIR "\n"
      "  --runtime DIR       instead of " POSTERN_RUNDIR "\n" },
    { "enroll", enroll_verb, "USER --key KEY [--group GROUP]...",
      "Let a person in; writes their invite to stdout",
      "  --key KEY           their public key: a file of gpg --export, the\n"
      "                      full fingerprint of one in root's keyring,\n"
      "                      wkd:ADDRESS or hkps://HOST/FPR\n"
      "  --fpr FPR           the fingerprint they told you; must match\n"
      "                      (without it you are asked)\n"
      "  --group GROUP       a group of the rules (repeat for more)\n"
      "  --door NAME         only through this door\n"
      "  --expires DATE      no longer from then on: 2027-01-31 (UTC)\n"
      "  --config DIR        instead of " POSTERN_SYSCONFDIR "\n" },
    { "invite", invite_verb, "USER",
      "Write a fresh invite for an enrolled person to stdout",
      "  --config DIR        instead of " POSTERN_SYSCONFDIR "\n" },
    { "passwd", passwd_verb, "USER [--fd N] [--delete]",
      "Set the password that rules with require = 'crypt' ask USER for",
      "  --fd N              read it from that descriptor, the first line\n"
      "                      (without it the terminal asks, twice)\n"
      "  --delete            USER has none any more\n"
      "  --config DIR        instead of " POSTERN_SYSCONFDIR "\n" },
  };

#define N_VERBS (sizeof verbs / sizeof *verbs)


static const struct verb *
find_verb (const char *name)
{
  size_t i;

  for (i = 0; i < N_VERBS; i++)
    if (!strcmp (verbs[i].name, name))
      return verbs + i;
  return NULL;
}


int
verb_help (const char *name)
{
  const struct verb *verb = find_verb (name);

  if (verb)
    printf ("Usage: postern-keys %s %s\n%s.\n\n%s", verb->name,
            verb->arguments, verb->summary, verb->options);
  return EX_OK;
}


int
verb_usage (const char *name, const char *format, ...)
{
  va_list args;
  char text[256];

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  log_error ("%s: %s; try 'postern-keys %s --help'", name, text, name);
  return EX_USAGE;
}


static int
print_help (void)
{
  size_t i;

  puts ("Usage: postern-keys VERB ARGUMENTS...\n"
        "Enrolment for posternd: who may come, and with which key.\n");
  for (i = 0; i < N_VERBS; i++)
    printf ("  %-8s %s\n           %s\n", verbs[i].name, verbs[i].arguments,
            verbs[i].summary);
  puts ("\n'postern-keys VERB --help' tells more; so does postern-keys(8).");
  return EX_OK;
}


int
main (int argc, char **argv)
{
  const struct verb *verb;
  gpg_error_t err;

  log_init ("postern-keys", 0);
  signal (SIGPIPE, SIG_IGN);    /* A reload ends connections.  */
  umask (077);
  if (argc < 2)
    {
      log_error ("no verb given; try 'postern-keys --help'");
      return EX_USAGE;
    }
  if (!strcmp (argv[1], "--help") || !strcmp (argv[1], "-h"))
    return print_help ();
  if (!strcmp (argv[1], "--version"))
    {
      puts ("postern-keys " PACKAGE_VERSION);
      return EX_OK;
    }
  verb = find_verb (argv[1]);
  if (!verb)
    {
      log_error ("no such verb: %s; try 'postern-keys --help'", argv[1]);
      return EX_USAGE;
    }
  err = secret_init (32768);
  if (!err)
    err = pgp_init ();
  if (err)
    {
      log_error ("start: %s", gpg_strerror (err));
      return log_exit_code (err);
    }
  return verb->handler (argc - 1, argv + 1);
}
