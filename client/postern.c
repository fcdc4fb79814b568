/* postern.c - The client: the verbs and their help.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../common/config-parts.h"
#include "../common/log.h"
#include "../common/pgp.h"
#include "../common/secret.h"
#include "verbs.h"

#define SECRET_POOL 131072      /* An invite's two copies and keys.  */

#define OPEN_OPTIONS (OPTION_FOR | OPTION_SOURCE | OPTION_BIND \
                      | OPTION_ONCE | OPTION_OUTPUT | OPTION_PASSWORD \
                      | OPTION_SEND)

struct verb
{
  const char *name;
  int (*handler) (const struct options *options);
  const char *arguments;
  const char *summary;
  unsigned int options;
};

static const struct verb verbs[] =
  {
    { "open", open_verb, "HOST... [PORTS]",
      "Open ports (the profile's; tcp/22 else) for this address",
      OPEN_OPTIONS },
    { "close", close_verb, "HOST...",
      "End your own grants now", OPTION_SEND | OPTION_OUTPUT },
    { "connect", connect_verb, "HOST PORT",
      "Open tcp/PORT and relay stdin and stdout; for ssh's ProxyCommand",
      OPTION_FOR | OPTION_SOURCE | OPTION_NO_BIND | OPTION_USER
      | OPTION_PASSWORD | OPTION_FAMILY | OPTION_TIMEOUT | OPTION_COMMON },
    { "whoami", whoami_verb, "HOST...",
      "Ask which address the server sees, and what you may do",
      OPTION_SEND | OPTION_OUTPUT },
    { "seal", seal_verb, "open|close|whoami ARGUMENTS... -o FILE",
      "Write the datagram instead of sending it",
      (OPEN_OPTIONS & ~(unsigned int) (OPTION_TIMEOUT | OPTION_JSON))
      | OPTION_PRINT },
    { "hosts", hosts_verb, "", "List the hosts that you have joined",
      OPTION_JSON | OPTION_COMMON },
    { "join", join_verb, "FILE|-",
      "Take an invite, after comparing the server's fingerprint",
      OPTION_FPR | OPTION_AS | OPTION_COMMON },
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


unsigned int
verb_options (const char *name)
{
  const struct verb *verb = find_verb (name);

  return verb ? verb->options : 0;
}


int
verb_help (const char *name)
{
  const struct verb *verb = find_verb (name);

  if (!verb)
    return EX_SOFTWARE;
  printf ("Usage: postern %s%s%s [OPTIONS]\n%s.\n\n", verb->name,
          *verb->arguments ? " " : "", verb->arguments, verb->summary);
  options_help (verb->options);
  return EX_OK;
}


int
verb_usage (const char *name, const char *format, ...)
{
  va_list args;
  char text[400];

  va_start (args, format);
  gpgrt_vsnprintf (text, sizeof text, format, args);
  va_end (args);
  log_error ("%s: %s; try 'postern %s --help'", name, text, name);
  return EX_USAGE;
}


int
verb_profile (const char *verb, const struct options *options, bool writing,
              profile_t *r_profile)
{
  char *message;
  gpg_error_t err = profile_open (options->config, writing, r_profile,
                                  &message);

  if (!err)
    return -1;
  log_error ("%s: %s", verb, message ? message : gpg_strerror (err));
  gpgrt_free (message);
  return EX_CONFIG;
}


static int
print_help (void)
{
  size_t i;

  puts ("Usage: postern VERB ARGUMENTS...\n"
        "Open a server's doors with one signed packet.\n");
  for (i = 0; i < N_VERBS; i++)
    printf ("  %-8s %s%s%s\n", verbs[i].name, verbs[i].arguments,
            *verbs[i].arguments ? "\n           " : "", verbs[i].summary);
  puts ("\n'postern VERB --help' tells more; so does postern(1).");
  return EX_OK;
}


static int
unknown_verb (const char *name)
{
  struct config_option names[N_VERBS + 1];
  const char *nearest;
  size_t i;

  memset (names, 0, sizeof names);
  for (i = 0; i < N_VERBS; i++)
    names[i].name = verbs[i].name;
  nearest = config_scan_nearest (name, names, NULL);
  if (nearest)
    log_error ("no such verb: '%s'; did you mean '%s'? try"
               " 'postern --help'", name, nearest);
  else
    log_error ("no such verb: '%s'; try 'postern --help'", name);
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
  if (!err)
    err = pgp_init ();
  if (!err)
    return -1;
  log_error ("start: %s", gpg_strerror (err));
  return log_exit_code (err);
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
    return print_help ();
  if (!strcmp (argv[1], "--version"))
    {
      puts ("postern " PACKAGE_VERSION);
      return EX_OK;
    }
  verb = find_verb (argv[1]);
  if (!verb)
    return unknown_verb (argv[1]);
  rc = options_parse (verb->name, verb->options, argc - 1, argv + 1,
                      &options);
  if (rc < 0)
    rc = start ();
  return rc < 0 ? verb->handler (&options) : rc;
}
