/* postern-keys.c - Enrolment: who may come in, and with which key.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Root runs this, beside posternd and without it.  Each verb is a file in
 * verbs/.  */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../common/base/log.h"
#include "../common/pgp/pgp.h"
#include "../common/base/secret.h"
#include "keys-complete.h"
#include "verbs/keys-verbs.h"

struct verb
{
  struct kit_verb kit;
  enum options_user whom;
  int (*handler) (struct options *opt);
};

static const struct verb verbs[] =
  {
    { { "init", "NAME [--address ADDRESS]...",
        "Make this host's keys, folders and a first configuration",
        options_table, VERB_INIT, NULL }, OPTIONS_ANY, init_verb },
    { { "enroll", "USER --key KEY [--group GROUP]...\n"
        "--batch DIR|FILE --fprs LIST --invites DIR",
        "Let a person in, or take a newer copy of their key",
        options_table, VERB_ENROLL, "The invite goes to stdout; they run"
        " 'postern join' with it.\n" }, OPTIONS_ANY, enroll_verb },
    { { "replace", "USER --key KEY [--fpr FPR]",
        "Give a person another primary key; name and groups stay",
        options_table, VERB_REPLACE, "A fresh invite goes to stdout.\n" },
      OPTIONS_ONE, replace_verb },
    { { "revoke", "USER [--why TEXT]",
        "Remove a person, and end at once what they have open",
        options_table, VERB_REVOKE, NULL }, OPTIONS_ONE, revoke_verb },
    { { "group", "USER +GROUP... -GROUP...",
        "Put a person into groups (+), or take them out (-)",
        options_table, VERB_GROUP, "This takes effect at once; what a person"
        " opened as a member\nof a group ends when they leave it.\n" },
      OPTIONS_ANY, group_verb },
    { { "invite", "USER\n--all DIR",
        "Write a fresh invite for an enrolled person to stdout",
        options_table, VERB_INVITE, NULL }, OPTIONS_ANY, invite_verb },
    { { "door", "list\nadd NAME\nrotate NAME\nremove NAME",
        "List or change the doors, each of which has a key",
        options_table, VERB_DOOR, NULL }, OPTIONS_ANY, door_verb },
    { { "passwd", "USER",
        "Set the password that rules with require = 'crypt' ask for",
        options_table, VERB_PASSWD, NULL }, OPTIONS_ONE, passwd_verb },
    { { "list", "", "List who may come in, and when they last did",
        options_table, VERB_LIST, NULL }, OPTIONS_NOBODY, list_verb },
    { { "show", "USER", "Show all that is known of one person",
        options_table, VERB_SHOW, NULL }, OPTIONS_ONE, show_verb },
    { { "check", "", "Report what is not as it should be; for cron",
        options_table, VERB_CHECK, "Prints nothing ([] as JSON) and exits"
        " with 0 if all is well.\n" }, OPTIONS_NOBODY, check_verb },
    { { "export", "[USER]",
        "Write the public keys of all, or of one, to stdout",
        options_table, VERB_EXPORT, NULL }, OPTIONS_MAYBE, export_verb },
  };

static const struct kit_program program =
  {
    "postern-keys",
    "Usage: postern-keys VERB ARGUMENTS...\n"
    "Enrolment for posternd: who may come in, and with which key.\n",
    "\n'postern-keys VERB --help' tells more; so does postern-keys(8).",
    verbs, sizeof verbs / sizeof *verbs, sizeof *verbs, false
  };


/* If a key needs its passphrase or PIN, pinentry asks on the terminal.  gpgme
   would look for that at stdout, which may be the file of an invite.  */
static void
show_terminal (void)
{
  const char *tty = ttyname (STDERR_FILENO);

  if (tty)
    setenv ("GPG_TTY", tty, 0);
}


static int
init_libraries (void)
{
  gpg_error_t err = secret_init (65536);        /* For the doors' keys.  */

  if (err)
    log_error ("%s", secret_why (err));
  else if ((err = pgp_init ()))
    log_error ("start: %s", gpg_strerror (err));
  return err ? log_exit_code (err) : KIT_GO_ON;
}


int
main (int argc, char **argv)
{
  const struct kit_verb *verb;
  struct options options;
  int rc;

  log_init ("postern-keys", 0);
  signal (SIGPIPE, SIG_IGN);    /* A reload ends connections.  */
  umask (077);
  show_terminal ();
  if (argc > 1 && !strcmp (argv[1], "--complete"))
    return secret_init (65536) ? EX_OSERR
      : complete_keys (&program, argv + 2, (size_t) argc - 2);
  rc = kit_begin (&program, &argc, &argv, &verb);
  if (rc == KIT_GO_ON)
    rc = options_parse (verb, argc, argv, &options);
  if (rc == KIT_GO_ON)
    rc = options_user (&options, verb->name,
                       ((const struct verb *) verb)->whom);
  if (rc == KIT_GO_ON)
    rc = init_libraries ();
  if (rc == KIT_GO_ON)
    rc = ((const struct verb *) verb)->handler (&options);
  return log_close_stdout (rc);
}
