/* t-command.c - Commands, hooks and approvers of the configuration, and
 * what becomes of a command's arguments.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../server/config/command.h"

#include "../../../server/config/config-parts.h"
#include "config-dir.h"

#define COMMAND(text) ACCESS "command c {\n  groups = {'ops'}\n"           \
  "  run-as = 'root'\n" text "}\n"
#define GOOD COMMAND ("argv = {'/bin/echo', '{x}'}\narg x { match = '[a-z]+' }\n")

static struct strlist argv;
static char *why;


static void
setup (void)
{
  setup_dir ();
  memset (&argv, 0, sizeof argv);
}


static void
teardown (void)
{
  strlist_release (&argv);
  free (why);
  why = NULL;
  teardown_dir ();
}


/* Load a command with TEMPLATE as its second item, and ARGS.  */
static void
have (const char *template, const char *args)
{
  char text[2048];

  snprintf (text, sizeof text, COMMAND ("argv = {'/bin/echo', '%s'}\n%s\n"),
            template, args);
  put ("access.conf", text);
  accepted ();
}


/* Resolve with the one argument NAME=VALUE.  */
static gpg_err_code_t
give (const char *name, const char *value)
{
  struct request_arg arg;
  gpg_error_t err;

  memset (&arg, 0, sizeof arg);
  snprintf (arg.name, sizeof arg.name, "%s", name);
  arg.value = (char *)value;
  strlist_release (&argv);
  memset (&argv, 0, sizeof argv);
  free (why);
  err = command_resolve (&config->command[0], &arg, 1, &argv, &why);
  if (err)
    ck_assert_uint_eq (argv.n, 0);
  return gpg_err_code (err);
}


static void
becomes (const char *value, const char *item)
{
  ck_assert_msg (!give ("x", value), "'%s' is refused: %s", value, why);
  ck_assert_uint_eq (argv.n, 2);
  ck_assert_str_eq (argv.item[0], "/bin/echo");
  ck_assert_str_eq (argv.item[1], item);
}


static void
not_taken (const char *value, const char *reason)
{
  ck_assert_msg (give ("x", value) == GPG_ERR_INV_ARG, "'%s' is taken",
                 value);
  ck_assert_ptr_nonnull (why);
  ck_assert_msg (strstr (why, reason) != NULL, "'%s' lacks '%s'", why,
                 reason);
}


START_TEST (match)
{
  have ("{x}", "arg x { match = 'nginx|postgres(ql)?' }");
  becomes ("nginx", "nginx");
  becomes ("postgresql", "postgresql");
  not_taken ("nginx2", "does not match");
  not_taken ("xnginx", "does not match");
  not_taken ("nginx\n", "control");
  not_taken ("nginx\nnginx", "control");
  not_taken ("nginx;id", "does not match");
  not_taken ("$(id)", "does not match");
  not_taken ("ngin\xd1\x85", "does not match");  /* A lookalike.  */
  not_taken ("", "does not match");
  /* The longest of several that match.  */
  have ("{x}", "arg x { match = 'a|ab|abc' }");
  becomes ("abc", "abc");
  not_taken ("abcd", "does not match");
}
END_TEST


START_TEST (odd_texts)
{
  char longest[COMMAND_MAX_VALUE + 2];

  have ("{x}", "arg x { match = '.*' }");
  becomes ("a b  c", "a b  c");
  becomes ("it's \"quoted\" $HOME `id` ; | & > *",
           "it's \"quoted\" $HOME `id` ; | & > *");
  becomes ("", "");
  becomes ("%2e%2e%2f", "%2e%2e%2f");
  becomes ("{x}", "{x}");       /* Not filled twice.  */
  not_taken ("a\x7f", "control");
  not_taken ("a\tb", "control");
  not_taken ("\xff", "UTF-8");
  not_taken ("\xe2\x80\xae" "abc", "control");   /* Right to left.  */
  not_taken ("ab\xe2\x80\x8b" "c", "control");  /* Without width.  */
  not_taken ("-rf", "begins with '-'");
  not_taken ("--", "begins with '-'");
  becomes ("a-b", "a-b");
  memset (longest, 'a', sizeof longest);
  longest[COMMAND_MAX_VALUE] = 0;
  becomes (longest, longest);
  longest[COMMAND_MAX_VALUE] = 'a';
  longest[COMMAND_MAX_VALUE + 1] = 0;
  not_taken (longest, "too long");
  have ("{x}", "arg x { match = '.*' dash = true }");
  becomes ("-rf", "-rf");
}
END_TEST


START_TEST (kinds)
{
  have ("{x}", "arg x { enum = {'start', 'stop'} }");
  becomes ("stop", "stop");
  not_taken ("sto", "not one of");
  have ("{x}", "arg x { range = '1-100' }");
  becomes ("1", "1");
  becomes ("100", "100");
  not_taken ("0", "range");
  not_taken ("101", "range");
  not_taken ("007", "range");
  not_taken ("1 ", "range");
  not_taken ("99999999999999999999", "range");
  have ("{x}", "arg x { range = '-5-5' }");
  becomes ("-5", "-5");
  not_taken ("-6", "range");
  not_taken ("-0", "range");
  have ("{x}", "arg x { address = true }");
  becomes ("203.0.113.7", "203.0.113.7");
  becomes ("2001:db8::7", "2001:db8::7");
  not_taken ("2001:DB8::7", "address");
  not_taken ("203.0.113.007", "address");
  not_taken ("203.0.113", "address");
  have ("{x}", "arg x { file = '/var/log' }");
  becomes ("app/today.log", "/var/log/app/today.log");
  becomes ("..x", "/var/log/..x");
  not_taken ("../etc/shadow", "in the folder");
  not_taken ("a/../../etc", "in the folder");
  not_taken ("a/..", "in the folder");
  not_taken ("./a", "in the folder");
  not_taken ("/etc/shadow", "in the folder");
  not_taken ("a//b", "in the folder");
  not_taken ("", "in the folder");
}
END_TEST


START_TEST (templates)
{
  have ("--unit={x}.service", "arg x { match = '[a-z]+' }");
  becomes ("nginx", "--unit=nginx.service");
  have ("{{{x}}}", "arg x { match = '[a-z]+' }");
  becomes ("a", "{a}");
  have ("{x}{x}", "arg x { match = '[a-z]+' default = 'b' }");
  becomes ("a", "aa");
  strlist_release (&argv);
  memset (&argv, 0, sizeof argv);
  ck_assert (!command_resolve (&config->command[0], NULL, 0, &argv, &why));
  ck_assert_str_eq (argv.item[1], "bb");
  ck_assert_int_eq (give ("y", "a"), GPG_ERR_INV_ARG);
  ck_assert_ptr_nonnull (strstr (why, "no such argument"));
  have ("{x}", "arg x { match = '[a-z]+' }");
  free (why);
  ck_assert_int_eq (gpg_err_code (command_resolve (&config->command[0], NULL,
                                                   0, &argv, &why)),
                    GPG_ERR_INV_ARG);
  ck_assert_str_eq (why, "x: missing");
}
END_TEST


START_TEST (free_form)
{
  put ("access.conf", COMMAND ("free-form = true\nshell = '/bin/sh'\n"));
  accepted ();
  ck_assert (!give ("line", "uptime; df -h | grep '/$'"));
  ck_assert_uint_eq (argv.n, 3);
  ck_assert_str_eq (argv.item[0], "/bin/sh");
  ck_assert_str_eq (argv.item[1], "-c");
  ck_assert_str_eq (argv.item[2], "uptime; df -h | grep '/$'");
  ck_assert_int_eq (give ("line", "a\nb"), GPG_ERR_INV_ARG);
  ck_assert_int_eq (give ("line", ""), GPG_ERR_INV_ARG);
  ck_assert_int_eq (give ("other", "a"), GPG_ERR_INV_ARG);
}
END_TEST


START_TEST (prints)
{
  char *text;

  ck_assert (!strlist_append (&argv, "/bin/echo"));
  ck_assert (!strlist_append (&argv, "a b"));
  ck_assert (!strlist_append (&argv, "it's"));
  ck_assert (!strlist_append (&argv, ""));
  text = command_print (&argv);
  ck_assert_str_eq (text, "/bin/echo 'a b' 'it'\\''s' ''");
  free (text);
}
END_TEST


static const struct
{
  const char *text;
  unsigned int line;            /* Behind the 8 lines of ACCESS.  */
  const char *reason;
} bad[] =
  {
    { COMMAND (""), 9, "runs nothing" },
    { ACCESS "command c { groups = {'ops'} argv = {'/bin/true'} }\n", 9,
      "run-as" },
    { ACCESS "command c { run-as = 'root' argv = {'/bin/true'}"
      " cooldown = '1s' }\n", 9, "for nobody" },
    { COMMAND ("argv = {'true'}\n"), 12, "not the absolute path" },
    { COMMAND ("argv = {'/bin/{x}'}\narg x { match = 'a' }\n"), 9,
      "fixed path" },
    { COMMAND ("argv = {'/bin/a', '{y}'}\narg x { match = 'a' }\n"), 9,
      "not one of its args" },
    { COMMAND ("argv = {'/bin/a', '{x'}\narg x { match = 'a' }\n"), 9,
      "stray brace" },
    { COMMAND ("argv = {'/bin/a', 'x}'}\narg x { match = 'a' }\n"), 9,
      "stray brace" },
    { COMMAND ("argv = {'/bin/a'}\narg x { match = 'a' }\n"), 9,
      "no item of argv uses" },
    { COMMAND ("argv = {'/bin/a', '{x}'}\narg x { }\n"), 13,
      "accepts nothing" },
    { COMMAND ("argv = {'/bin/a', '{x}'}\narg x { match = '(' }\n"), 13,
      "regular expression" },
    { COMMAND ("argv = {'/bin/a', '{x}'}\n"
               "arg x { match = 'a' enum = {'a'} }\n"), 13, "has one of" },
    { COMMAND ("argv = {'/bin/a', '{x}'}\n"
               "arg x { match = 'a' default = 'b' }\n"), 13,
      "does not match" },
    { COMMAND ("argv = {'/bin/a', '{x}'}\narg x { range = '5-1' }\n"), 13,
      "not a range" },
    { COMMAND ("argv = {'/bin/a', '{x}'}\narg x { match = 'a' }\n"
               "arg x { match = 'a' }\n"), 14, "repeated" },
    { COMMAND ("argv = {'/bin/a'}\nenv = {'LD_PRELOAD=/x'}\n"), 13,
      "cannot be set" },
    { COMMAND ("argv = {'/bin/a'}\nenv = {'1=x'}\n"), 13, "NAME=value" },
    { COMMAND ("argv = {'/bin/a'}\numask = '22'\n"), 13, "umask" },
    { COMMAND ("argv = {'/bin/a'}\nmax-output = '1T'\n"), 13, "size" },
    { COMMAND ("argv = {'/bin/a'}\nmax-parallel = 0\n"), 13, "number" },
    { COMMAND ("argv = {'/bin/a'}\nstdin = 'all'\n"), 13, "neither" },
    { COMMAND ("argv = {'/bin/a'}\nshell = '/bin/sh'\n"), 9, "free-form" },
    { COMMAND ("argv = {'/bin/a'}\nfree-form = true\n"), 9, "free-form" },
    { COMMAND ("free-form = true\n"), 9, "name the shell" },
    { COMMAND ("argv = {'/bin/a'}\nports = {'tcp/22'}\n"), 13,
      "unknown keyword" },
    { COMMAND ("argv = {'/bin/a'}\napprovals = 1\n"), 9, "names no approvers" },
    { COMMAND ("argv = {'/bin/a'}\napprovers = {'ops'}\n"), 9,
      "lacks approvals" },
    { COMMAND ("argv = {'/bin/a'}\napprovals = 1\n"
               "approvers = {'ops', 'and', 'sec'}\n"), 9, "each of 2" },
    { COMMAND ("argv = {'/bin/a'}\napprovals = 2\n"
               "approvers = {'ops', 'and'}\n"), 9, "between" },
    { ACCESS "on-open = 'tell'\n", 0, "no hook 'tell'" },
    { ACCESS "hook tell { run-as = 'nobody' argv = {'/bin/a', '{what}'} }\n",
      9, "is not allowed there" },
    { ACCESS "hook tell { run-as = 'nobody' argv = {'/bin/a',"
      " '{address}{reason}'} }\n", 9, "put a word before" },
    { ACCESS "hook tell { run-as = 'nobody' argv = {'/bin/a', '{reason}'} }\n",
      9, "put a word before" },
    { GOOD "command c { run-as = 'root' argv = {'/bin/a'} }\n", 15,
      "repeated" },
  };


START_TEST (refusals)
{
  put ("access.conf", bad[_i].text);
  refused ("access.conf", bad[_i].line, bad[_i].reason);
  put ("access.conf", GOOD);
  accepted ();
}
END_TEST


START_TEST (hooks)
{
  const char *fact[COMMAND_N_FACTS] =
    { [COMMAND_USER] = "alice", [COMMAND_REASON] = "-x" };

  put ("access.conf", ACCESS "on-open = 'tell'\n"
       "hook tell {\n  run-as = 'nobody'\n"
       "  argv = {'/bin/a', '{user}@{host}', 'because: {reason}'}\n}\n");
  accepted ();
  ck_assert_str_eq (config->on_event[CONFIG_ON_OPEN], "tell");
  ck_assert_ptr_null (config->on_event[CONFIG_ON_CLOSE]);
  ck_assert (!command_resolve_facts (&config->hook->program.argv, fact,
                                     &argv));
  ck_assert_uint_eq (argv.n, 3);
  ck_assert_str_eq (argv.item[1], "alice@");
  ck_assert_str_eq (argv.item[2], "because: -x");
}
END_TEST


static struct config_user
of (char **groups, size_t n)
{
  struct config_user user;

  memset (&user, 0, sizeof user);
  user.groups.n = n;
  user.groups.item = groups;
  return user;
}


START_TEST (approvers)
{
  char *ops[] = { (char *)"ops" }, *sec[] = { (char *)"sec" };
  char *both[] = { (char *)"ops", (char *)"sec" };
  struct config_user alice = of (ops, 1), bob = of (sec, 1);
  struct config_user carol = of (both, 2), none = of (NULL, 0);
  const struct config_user *two[2] = { &alice, &bob };
  struct config_approval *approval;

  put ("access.conf", COMMAND ("argv = {'/bin/a'}\napprovals = 2\n"
                               "approvers = {'ops', 'and', 'sec'}\n"));
  accepted ();
  approval = &config->command[0].terms.approval;
  ck_assert_uint_eq (approval->time, 600);
  ck_assert (config_approval_has_user (approval, &alice, 0));
  ck_assert (!config_approval_has_user (approval, &none, 0));
  ck_assert (!config_approval_enough (approval, two, 1, 0));
  ck_assert (config_approval_enough (approval, two, 2, 0));
  two[1] = &alice;
  ck_assert (!config_approval_enough (approval, two, 2, 0));
  two[1] = &carol;              /* For sec, then.  */
  ck_assert (config_approval_enough (approval, two, 2, 0));
  two[0] = &carol;
  two[1] = &alice;
  ck_assert (config_approval_enough (approval, two, 2, 0));
  two[1] = &none;
  ck_assert (!config_approval_enough (approval, two, 2, 0));
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("command");
  TCase *tc = tcase_create ("command");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, match);
  tcase_add_test (tc, odd_texts);
  tcase_add_test (tc, kinds);
  tcase_add_test (tc, templates);
  tcase_add_test (tc, free_form);
  tcase_add_test (tc, prints);
  tcase_add_loop_test (tc, refusals, 0, COUNT (bad));
  tcase_add_test (tc, hooks);
  tcase_add_test (tc, approvers);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
