"""What jobs compute: functions of JSON arguments and files, run in processes of their own. They know no database."""
