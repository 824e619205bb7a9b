"""The Cedar policy: rules, facts, decisions and cases."""
