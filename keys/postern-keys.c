/* postern-keys.c - Enrolment: who may come, and with which key.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../common/base/complete.h"
#include "../common/base/log.h"
#include "../common/base/meant.h"
#include "../common/pgp/pgp.h"
#include "../common/base/secret.h"
#include "keys-complete.h"
#include "verbs/keys-verbs.h"

struct verb
{
  const char *name;
  int (*handler) (int argc, char **argv);
  const char *arguments;
  const char *summary;
  const char *options;
};

#define CONFIG_OPTION \
  "  --config DIR        instead of " POSTERN_SYSCONFDIR "\n"
#define JSON_OPTION \
  "  --json              JSON, for programs\n"

static const struct verb verbs[] =
  {
    { "init", init_verb, "NAME [--address ADDRESS]...",
      "Make this host's keys, folders and a first configuration",
      "  --key FPR           take this key out of your own GnuPG home\n"
      "                      instead of making one\n"
      "  --address ADDRESS   where people reach this host (repeat for more)\n"
      "  --interface NAME    listen there (repeat; default: any)\n"
      "  --port N            UDP port of the packets (default: 62201)\n"
      "  --protect PORTS     shut these (default: tcp/22; 'none' for none)\n"
      CONFIG_OPTION
      "  --state DIR         instead of " POSTERN_STATEDIR "\n"
      "  --runtime DIR       instead of " POSTERN_RUNDIR "\n" },
    { "enroll", enroll_verb, "USER --key KEY [--group GROUP]...",
      "Let a person in, or take a newer copy of their key",
      "  --key KEY           their public key: a file of gpg --export, the\n"
      "                      full fingerprint of one in root's keyring,\n"
      "                      wkd:ADDRESS or hkps://HOST/FPR\n"
      "  --fpr FPR           the fingerprint they told you; must match\n"
      "                      (without it you are asked)\n"
      "  --group GROUP       a group of the rules (repeat for more)\n"
      "  --door NAME         only through this door\n"
      "  --expires DATE      no longer from then on: 2027-01-31 (UTC)\n"
      "  --by FPR            sign the invite with this key of your own too\n"
      "  --update            they are enrolled: take new subkeys, a later\n"
      "                      expiry, revocations; the primary key stays\n"
      CONFIG_OPTION "\nThe invite goes to stdout; they run 'postern join'"
      " with it.\n\n"
      "Many people at once, who are then in no argument:\n"
      "  --batch DIR|FILE    their keys: NAME.pgp, .gpg or .asc each, or one\n"
      "                      file with all\n"
      "  --fprs LIST         lines NAME,FINGERPRINT[,GROUP]...\n"
      "  --invites DIR       each to DIR/NAME.invite\n" },
    { "replace", replace_verb, "USER --key KEY [--fpr FPR]",
      "Another primary key for a person, who keeps name and groups",
      "  --key KEY           their new public key, as for enroll\n"
      "  --fpr FPR           its fingerprint, which they told you\n"
      CONFIG_OPTION "\nA fresh invite goes to stdout.\n" },
    { "revoke", revoke_verb, "USER [--why TEXT]",
      "A person comes no more; ends at once what they have open",
      "  --why TEXT          for the audit\n" CONFIG_OPTION },
    { "group", group_verb, "USER +GROUP... -GROUP...",
      "Put a person into groups (+), or take them out (-)",
      "  --until TIME        +: only so long: 8h, 2d (from now), 2027-01-31"
      " (UTC)\n"
      "  --why TEXT          for the audit\n" CONFIG_OPTION
      "\nIn force at once; what a group that is left had opened is shut.\n" },
    { "invite", invite_verb, "USER | --all DIR",
      "Write a fresh invite for an enrolled person to stdout",
      "  --all DIR           for everybody, to DIR/USER.invite\n"
      "  --by FPR            sign it with this key of your own as well\n"
      CONFIG_OPTION },
    { "door", door_verb, "list | add NAME | rotate NAME | remove NAME",
      "The doors, each with its key",
      "  --json              list: one JSON array\n"
      "  --ends DATE         add: the door ends then: 2027-01-31 (UTC)\n"
      "  --grace TIME        rotate: so long the key of now works still\n"
      "                      (default: 7d; 0s cuts it off)\n"
      "  --force             remove: also where it shuts people out\n"
      CONFIG_OPTION },
    { "passwd", passwd_verb, "USER [--fd N] [--delete]",
      "Set the password that rules with require = 'crypt' ask USER for",
      "  --fd N              read it from that descriptor, the first line\n"
      "                      (without it the terminal asks, twice)\n"
      "  --delete            USER has none any more\n"
      CONFIG_OPTION },
    { "list", list_verb, "[--json]", "Who may come, and when they last did",
      JSON_OPTION CONFIG_OPTION },
    { "show", show_verb, "USER [--json]", "All that is known of one person",
      JSON_OPTION CONFIG_OPTION },
    { "check", check_verb, "[--json]",
      "Say what is not as it should be; for cron",
      JSON_OPTION CONFIG_OPTION
      "\nPrints nothing ([] as JSON) and exits with 0 where all is well.\n" },
    { "export", export_verb, "[USER] [--json]",
      "Write the public keys of all, or of one, to stdout",
      "  --json              names, fingerprints and groups instead\n"
      CONFIG_OPTION },
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


static int
unknown_verb (const char *name)
{
  struct meant_name meant;
  size_t i;

  meant_name_start (&meant, name);
  for (i = 0; i < N_VERBS; i++)
    meant_name_offer (&meant, verbs[i].name);
  meant_no_verb ("postern-keys", &meant);
  return EX_USAGE;
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


int
verb_bad_option (const char *name, char **argv)
{
  return verb_usage (name, "unknown or incomplete option '%s'",
                     argv[optind - 1]);
}


static int
print_help (void)
{
  size_t i;

  puts ("Usage: postern-keys VERB ARGUMENTS...\n"
        "Enrolment for posternd: who may come, and with which key.\n");
  for (i = 0; i < N_VERBS; i++)
    printf ("  %-8s  %s\n", verbs[i].name, verbs[i].summary);
  puts ("\n'postern-keys VERB --help' tells more; so does postern-keys(8).");
  return EX_OK;
}


/* What may stand in place of the last of the N words.  */
static int
complete (char **word, size_t n)
{
  const struct verb *verb = n > 1 ? find_verb (word[0]) : NULL;
  size_t i;

  if (verb)
    return complete_keys (verb->name, verb->options, word + 1, n - 1);
  if (n != 1)
    return EX_USAGE;
  for (i = 0; i < N_VERBS; i++)
    complete_offer (word[0], verbs[i].name, verbs[i].summary);
  if (*word[0] == '-')
    complete_options (word[0], "  --help  a short help\n"
                      "  --version  the version\n");
  return EX_OK;
}


/* Where a key wants its passphrase or PIN, pinentry asks on the terminal;
   stdout, where gpgme would look for it, may be the file of an invite.  */
static void
show_terminal (void)
{
  const char *tty = ttyname (STDERR_FILENO);

  if (tty)
    setenv ("GPG_TTY", tty, 0);
}


int
main (int argc, char **argv)
{
  const struct verb *verb;
  gpg_error_t err;

  log_init ("postern-keys", 0);
  signal (SIGPIPE, SIG_IGN);    /* A reload ends connections.  */
  umask (077);
  show_terminal ();
  opterr = 0;                   /* One line, and ours.  */
  if (argc < 2)
    {
      log_error ("no verb given; try 'postern-keys --help'");
      return EX_USAGE;
    }
  if (!strcmp (argv[1], "--help") || !strcmp (argv[1], "-h"))
    return log_close_stdout (print_help ());
  if (!strcmp (argv[1], "--version"))
    {
      puts ("postern-keys " PACKAGE_VERSION);
      return EX_OK;
    }
  if (!strcmp (argv[1], "--complete"))
    {
      if (secret_init (65536))  /* For the doors' keys.  */
        return EX_OSERR;
      return complete (argv + 2, (size_t)argc - 2);
    }
  verb = find_verb (argv[1]);
  if (!verb)
    return unknown_verb (argv[1]);
  err = secret_init (65536);
  if (err)
    log_error ("%s", secret_why (err));
  else if ((err = pgp_init ()))
    log_error ("start: %s", gpg_strerror (err));
  if (err)
    return log_exit_code (err);
  return log_close_stdout (verb->handler (argc - 1, argv + 1));
}
